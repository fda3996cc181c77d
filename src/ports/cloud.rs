//! Microsoft's clouds: where each signs in and where its Graph answers.
//!
//! Source: Microsoft Graph "National cloud deployments" and the authority metadata of Microsoft's own sign-in libraries.

/// One of Microsoft's clouds, or a place given by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cloud {
    /// The name used by `--cloud` and by a wizard's `[graph] clouds`.
    pub name: &'static str,
    /// The sign-in authority, `https://` without a trailing slash.
    pub sign_in: &'static str,
    /// The root of Microsoft Graph, `https://` without a trailing slash.
    pub graph_root: &'static str,
    /// Whom the tokens of other platforms are for that an app of this cloud trusts, as Microsoft recommends.
    pub exchange_audience: &'static str,
}

/// Every cloud that fixforme knows, the default first.
pub const CLOUDS: &[Cloud] = &[
    Cloud {
        name: "public",
        sign_in: "https://login.microsoftonline.com",
        graph_root: "https://graph.microsoft.com",
        exchange_audience: "api://AzureADTokenExchange",
    },
    Cloud {
        name: "usgov",
        sign_in: "https://login.microsoftonline.us",
        graph_root: "https://graph.microsoft.us",
        exchange_audience: "api://AzureADTokenExchangeUSGov",
    },
    Cloud {
        name: "usgov-dod",
        sign_in: "https://login.microsoftonline.us",
        graph_root: "https://dod-graph.microsoft.us",
        exchange_audience: "api://AzureADTokenExchangeUSGov",
    },
    Cloud {
        name: "china",
        sign_in: "https://login.partner.microsoftonline.cn",
        graph_root: "https://microsoftgraph.chinacloudapi.cn",
        exchange_audience: "api://AzureADTokenExchangeChina",
    },
];

/// Returns whether this is the root of Graph of one of the clouds.
pub fn is_graph_root(root: &str) -> bool {
    CLOUDS.iter().any(|cloud| cloud.graph_root == root)
}

/// Returns the cloud of that name.
pub fn by_name(name: &str) -> Option<&'static Cloud> {
    CLOUDS.iter().find(|cloud| cloud.name == name)
}
