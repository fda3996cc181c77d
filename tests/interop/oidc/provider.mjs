// The certified npm `oidc-provider` at the addresses of Microsoft Entra: /{tenant}/oauth2/v2.0/..., where a tenant is an id
// or a domain. What Entra does otherwise is added around it and nothing is taken away: its own words for `prompt`,
// `interval` and `slow_down` of a device code, the tenant in an ID token, a refresh token for everybody.
// Whether a request is good is the provider's judgment alone.
//
// Its access tokens are those of the practice tenant whose token PRACTICE_TOKEN holds, with the scopes that were granted.
//
// GET /log                  every request so far, as JSON
// POST /next {kind, reply}  the next request of that kind is answered otherwise: `cut` carries it out and sends nothing,
//                           `lose` does so once a token is granted, `slow_down` refuses, `elsewhere` takes it for one to
//                           another address of the same tenant
// POST /practice {token}    tokens are those of this practice tenant from now on
// POST /life {kind, seconds}  how long a `code` or a `device` code lives
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = path.join(process.env.FIXFORME_INTEROP_DIR, 'node_modules/oidc-provider/lib/index.js');
const { default: Provider } = await import(pathToFileURL(modules));

const { CERTIFICATE, PUBLIC_APP, SECRET_APP, CERTIFICATE_APP, FEDERATED_APP, SECRET } = process.env;
const GRAPH = 'https://graph.microsoft.com/';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
let token = process.env.PRACTICE_TOKEN;
const payload = () => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
const practice = payload();
const tenants = new Set([practice.tid, 'contoso.example', 'contoso.onmicrosoft.com', 'organizations']);

const log = [];
const next = new Map();
const life = { code: 60, device: 60 };
const refusals = [];

// Scopes of Graph are known to the provider by their whole names.
const names = process.env.SCOPES.split(' ').map((scope) => GRAPH + scope);
const scopes = ['openid', 'offline_access', 'profile', `${GRAPH}.default`, ...names];
const certificate = new crypto.X509Certificate(fs.readFileSync(CERTIFICATE));
const thumbprint = crypto.createHash('sha256').update(certificate.raw).digest('base64url');
const jwk = { ...certificate.publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'PS256' };
const app = { response_types: [], redirect_uris: [], grant_types: ['client_credentials'], scope: `${GRAPH}.default` };
const byAssertion = {
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'PS256',
  jwks: { keys: [jwk] },
};

const server = http.createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const root = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(`${root}/${practice.tid}/v2.0`, {
  clients: [
    {
      client_id: PUBLIC_APP,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://localhost'],
      grant_types: ['authorization_code', 'refresh_token', DEVICE],
    },
    { ...app, client_id: SECRET_APP, client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post' },
    { ...app, client_id: CERTIFICATE_APP, ...byAssertion },
    { ...app, client_id: FEDERATED_APP, ...byAssertion },
  ],
  scopes,
  claims: { openid: ['sub', 'tid', 'oid', 'preferred_username'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['a key of a test'] },
  enabledJWA: { clientAuthSigningAlgValues: ['PS256'] },
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
  },
  findAccount: async (_, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, tid: practice.tid, oid: practice.oid, preferred_username: practice.upn }),
  }),
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
  pkce: { required: () => true },
  routes: {
    authorization: '/oauth2/v2.0/authorize',
    token: '/oauth2/v2.0/token',
    device_authorization: '/oauth2/v2.0/devicecode',
    code_verification: '/oauth2/deviceauth',
    jwks: '/discovery/v2.0/keys',
  },
  ttl: {
    AccessToken: 3600,
    AuthorizationCode: () => life.code,
    DeviceCode: () => life.device,
    ClientCredentials: 3600,
    Grant: 3600,
    IdToken: 3600,
    Interaction: 600,
    RefreshToken: 3600,
    Session: 3600,
  },
});
for (const event of ['grant.error', 'authorization.error', 'device_authorization.error', 'server_error']) {
  provider.on(event, (_, error) => refusals.push(`${event}: ${error.message} ${error.error_detail ?? ''}`));
}
const answer = provider.callback();

const read = async (request) => {
  const parts = [];
  for await (const chunk of request) parts.push(chunk);
  return Buffer.concat(parts).toString();
};
const say = (response, status, body) => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};
const kindOf = (address, form) => {
  if (address.pathname === '/oauth2/v2.0/token') return `token ${form.get('grant_type')?.split(':').pop()}`;
  return { '/oauth2/v2.0/devicecode': 'devicecode', '/oauth2/v2.0/authorize': 'authorize' }[address.pathname];
};

// A token of the practice tenant for what was granted; an app has what its tenant gave it.
const access = (granted) => {
  const [header, , signature] = token.split('.');
  const delegated = (granted ?? '').split(' ').filter((scope) => scope.startsWith(GRAPH) && !scope.endsWith('.default'));
  const now = payload();
  const scp = delegated.length > 0 ? delegated.map((scope) => scope.slice(GRAPH.length)).join(' ') : now.scp;
  return `${header}.${part({ ...now, scp })}.${signature}`;
};

// What the provider answers, as Entra would have written it.
const entra = (kind, status, body) => {
  if (kind === 'devicecode' && body.device_code) return { interval: 1, ...body };
  if (body.access_token) return { ...body, ext_expires_in: body.expires_in, access_token: access(body.scope) };
  const numbers = {
    authorization_pending: 70016,
    expired_token: 70020,
    access_denied: 65004,
    invalid_client: kind === 'token client_credentials' ? 7000215 : 7000218,
  };
  const number = numbers[body.error];
  if (!number) return body;
  const description = `AADSTS${number}: ${body.error_description}`;
  return { ...body, error_codes: [number], error_description: description, trace_id: 'trace', correlation_id: 'correlation' };
};

server.on('request', async (request, response) => {
  if (request.url === '/log') return say(response, 200, { log, refusals });
  if (['/next', '/life', '/practice'].includes(request.url)) {
    const body = JSON.parse(await read(request));
    if (request.url === '/practice') token = body.token;
    else if (request.url === '/life') life[body.kind] = body.seconds;
    else next.set(body.kind, [...(next.get(body.kind) ?? []), body.reply]);
    return say(response, 200, {});
  }
  const [, tenant, rest] = request.url.match(/^\/([^/?]*)(\/.*)?$/) ?? [];
  if (!tenants.has(tenant) || !rest) return say(response, 400, { error: 'invalid_tenant', error_codes: [90002] });
  const address = new URL(rest, root);
  const body = request.method === 'POST' ? await read(request) : undefined;
  const form = body === undefined ? address.searchParams : new URLSearchParams(body);
  const kind = kindOf(address, form);
  if (kind) log.push({ kind, tenant, at: Date.now(), form: Object.fromEntries(form) });
  const otherwise = kind && next.get(kind)?.shift();
  if (otherwise === 'slow_down') return say(response, 400, { error: 'slow_down' });
  if (form.get('client_id') === CERTIFICATE_APP && form.get('client_assertion')) {
    const header = JSON.parse(Buffer.from(form.get('client_assertion').split('.')[0], 'base64url'));
    if (header['x5t#S256'] !== thumbprint) return say(response, 401, { error: 'invalid_client', error_codes: [700027] });
  }
  if (address.pathname === '/v2.0/.well-known/openid-configuration') address.pathname = '/.well-known/openid-configuration';
  // Entra gives a refresh token without being asked for consent anew, and knows a word for choosing an account.
  if (kind === 'authorize') address.searchParams.set('prompt', 'consent');
  request.url = address.pathname + address.search;
  request.originalUrl = `/${otherwise === 'elsewhere' ? 'contoso.onmicrosoft.com' : tenant}${request.url}`;
  if (body !== undefined) request.body = Object.fromEntries(form);
  const end = response.end.bind(response);
  response.end = (data, ...more) => {
    const granted = String(data).includes('"access_token"');
    if (otherwise === 'lose' && !granted) next.set(kind, ['lose', ...next.get(kind)]);
    if (otherwise === 'cut' || (otherwise === 'lose' && granted)) return response.destroy();
    if (!kind || !String(response.getHeader('content-type')).startsWith('application/json')) return end(data, ...more);
    const changed = JSON.stringify(entra(kind, response.statusCode, JSON.parse(data)));
    response.setHeader('content-length', Buffer.byteLength(changed));
    return end(changed);
  };
  return answer(request, response);
});
console.log(`READY ${root}`);
