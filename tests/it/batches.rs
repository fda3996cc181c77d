//! Reads that repeat per item go out in batches: counted at the server.

use crate::support::sandbox::{Sandbox, Served};

#[test]
fn two_hundred_administrators_are_checked_with_a_tenth_of_the_requests() {
    let tenant = Served::start(
        r#"
            licenses = ["AAD_PREMIUM"]
            [organization]
            id = "8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1"
            displayName = "Big Ltd"
            verifiedDomains = [{ name = "big.example", isDefault = true }]
            [objects."/v1.0/policies/authorizationPolicy"]
            allowedToUseSSPR = false
            [[generate]]
            users = 1000
            admins = 200
            role = "62e90394-69f5-4237-9190-012177145e10"
        "#,
        &[],
    );
    let ran = Sandbox::new().run_at(&tenant, &["check", "sspr-admins", "--yes", "--set", "goal=enable"]);
    let _ = ran.exits(3);
    let log: Vec<bool> = tenant.tenant().log().iter().map(|received| received.in_batch).collect();
    let sent = log.iter().filter(|in_batch| !**in_batch).count();
    let inside = log.len() - sent;
    assert!(inside >= 400, "only {inside} reads were batched: the check no longer reads every administrator");
    assert!(sent * 10 <= inside, "{sent} requests carried {inside} reads: more than a tenth");
}
