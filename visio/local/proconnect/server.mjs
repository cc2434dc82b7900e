// A stand-in for ProConnect: npm oidc-provider with ProConnect's routes, scopes, levels, lifetimes
// and refusals, and a page on which one chooses who signs in. For development and tests only.
import { createRequire } from 'node:module';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { applyFaults, faults, faultsEndpoint } from './faults.mjs';
import { people, personFromForm } from './people.mjs';
import { errorPage, logoutPage, signInPage } from './pages.mjs';

const packages = createRequire(path.join(process.env.NODE_MODULES, 'index.js'));
const { exportJWK, generateKeyPair } = await import(packages.resolve('jose'));
const { Provider } = await import(packages.resolve('oidc-provider'));

const ISSUER = process.env.OIDC_ISSUER;
const ORIGIN = new URL(ISSUER).origin;
const PREFIX = new URL(ISSUER).pathname;
const VISIO = process.env.VISIO_URL;
const ID_TOKEN_ALG = process.env.OIDC_SIGN_ALGO || 'RS256';
const USERINFO_ALG = process.env.OIDC_USERINFO_SIGN_ALGO ?? 'RS256'; // '' answers plain JSON
const HOURS_12 = 12 * 3600;
const LEVELS = ['eidas0', 'eidas0-mfa', 'eidas1', 'eidas1-mfa', 'eidas2', 'eidas3',
  'https://proconnect.gouv.fr/assurance/certification-dirigeant'];
const CLAIMS = ['uid', 'given_name', 'usual_name', 'email', 'siren', 'siret', 'organizational_unit',
  'belonging_population', 'phone', 'chorusdt', 'idp_id', 'idp_acr', 'roles', 'organization_label', 'custom'];

// Keys survive a restart, as ProConnect's do.
const keyFile = path.join(process.env.STATE_FOLDER, 'proconnect-keys.json');
async function makeKeys() {
  const key = async (alg, kid) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return { ...(await exportJWK(privateKey)), alg, kid, use: 'sig' };
  };
  const keys = [await key('RS256', 'rs'), await key('ES256', 'es')];
  writeFileSync(keyFile, JSON.stringify(keys), { mode: 0o600 });
  return keys;
}
const keys = existsSync(keyFile) ? JSON.parse(readFileSync(keyFile)) : await makeKeys();

const accounts = new Map(); // sub → claims, as chosen at the last sign-in
const provider = new Provider(ISSUER, {
  acrValues: LEVELS,
  scopes: ['openid'],
  claims: Object.fromEntries([['openid', ['sub']], ['amr', ['amr']], ...CLAIMS.map((c) => [c, [c]])]),
  clients: [{
    client_id: process.env.OIDC_CLIENT_ID,
    client_secret: process.env.OIDC_CLIENT_SECRET,
    redirect_uris: [`${VISIO}/oidc/callback/`],
    post_logout_redirect_uris: [`${VISIO}/oidc/logout-callback/`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_post',
    id_token_signed_response_alg: ID_TOKEN_ALG,
    ...(USERINFO_ALG && { userinfo_signed_response_alg: USERINFO_ALG }),
    scope: 'openid given_name usual_name email uid siret siren idp_id idp_acr roles organization_label',
  }],
  clientAuthMethods: ['client_secret_post', 'private_key_jwt'],
  jwks: { keys },
  enabledJWA: {
    idTokenSigningAlgValues: ['ES256', 'RS256', 'HS256'],
    userinfoSigningAlgValues: ['ES256', 'RS256', 'HS256'],
  },
  features: {
    devInteractions: { enabled: false },
    jwtUserinfo: { enabled: true },
    claimsParameter: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: { enabled: false },
    backchannelLogout: { enabled: false },
    rpInitiatedLogout: { enabled: true, logoutSource: (ctx, form) => { ctx.body = logoutPage(form); } },
  },
  renderError: (ctx, out) => { ctx.type = 'html'; ctx.body = errorPage(out); },
  extraParams: ['idp_hint', 'siret_hint'],
  pkce: { methods: ['S256'], required: () => false },
  responseTypes: ['code'],
  issueRefreshToken: () => true,
  cookies: { keys: [process.env.OIDC_CLIENT_SECRET], names: { session: 'pc_session', interaction: 'pc_interaction', resume: 'pc_resume' } },
  ttl: { AuthorizationCode: 60, AccessToken: 3600, IdToken: 3600, Grant: HOURS_12, Session: HOURS_12, RefreshToken: HOURS_12, Interaction: 3600 },
  routes: {
    authorization: '/authorize', token: '/token', userinfo: '/userinfo', jwks: '/jwks',
    end_session: '/session/end', introspection: '/token/introspection', revocation: '/token/revocation',
  },
  interactions: { url: (_ctx, interaction) => `${PREFIX}/interaction/${interaction.uid}` },
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: async () => ({ sub, ...accounts.get(sub) }) }),
  loadExistingGrant: async (ctx) => { // ProConnect shows no consent page
    const { session, client, params, provider: op } = ctx.oidc;
    const known = session.grantIdFor(client.clientId);
    const grant = (known && await op.Grant.find(known)) || new op.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope(params.scope);
    grant.addOIDCClaims([...(ctx.oidc.requestParamClaims || [])]);
    await grant.save();
    return grant;
  },
});
provider.on('server_error', (_ctx, error) => console.error(error));
const answer = provider.callback();

async function readForm(req) {
  let body = '';
  for await (const chunk of req) {
    body += chunk;
    if (body.length > 20_000) throw new Error('form too long');
  }
  return Object.fromEntries(new URLSearchParams(body));
}

function sendPage(res, body, status = 200) {
  res.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; style-src 'self'; form-action *; frame-ancestors 'none'; base-uri 'none'",
  });
  res.end(body);
}

// ProConnect wants 32 characters of each at least; oidc-provider leaves it to us.
function refusesShort(url, res) {
  const short = ['state', 'nonce'].filter((name) => (url.searchParams.get(name) || '').length < 32);
  if (!short.length) return false;
  sendPage(res, errorPage({ error: 'invalid_request', error_description: `${short.join(', ')}: 32 caractères au moins` }), 400);
  return true;
}

async function interact(req, res) {
  const details = await provider.interactionDetails(req, res);
  const asked = details.prompt.details?.acr;
  const wanted = asked?.values || (asked?.value ? [asked.value] : []);
  if (req.method === 'GET') return sendPage(res, signInPage({ people, wanted, levels: LEVELS, hint: details.params.login_hint }));
  const form = await readForm(req);
  if (form.cancel) return provider.interactionFinished(req, res, { error: 'access_denied', error_description: 'User auth aborted' });
  const person = personFromForm(form, details.params);
  if (wanted.length && !wanted.includes(person.acr)) {
    return provider.interactionFinished(req, res, { error: 'access_denied', error_description: 'requested ACRs could not be satisfied' });
  }
  accounts.set(person.sub, person.claims);
  return provider.interactionFinished(req, res, {
    login: { accountId: person.sub, acr: person.acr, amr: person.amr, ts: Math.floor(Date.now() / 1000) },
  });
}

http.createServer(async (req, res) => {
  const url = new URL(req.url, ORIGIN);
  try {
    if (process.env.VISIO_OIDC_FAULTS && url.pathname === '/__faults') return await faultsEndpoint(req, res);
    if (url.pathname === '/style.css') {
      res.writeHead(200, { 'content-type': 'text/css' });
      return res.end(readFileSync(new URL('./style.css', import.meta.url)));
    }
    if (await applyFaults(url.pathname.slice(PREFIX.length), req, res, { keys, issuer: ISSUER })) return undefined;
    if (url.pathname.startsWith(`${PREFIX}/interaction/`)) return await interact(req, res);
    if (url.pathname === `${PREFIX}/authorize`) {
      if (req.method !== 'GET') return sendPage(res, errorPage({ error: 'invalid_request', error_description: 'GET' }), 405);
      if (refusesShort(url, res)) return undefined;
    }
    // oidc-provider takes Basic for a client registered with client_secret_post; ProConnect does not.
    if (url.pathname.startsWith(`${PREFIX}/token`) && /^basic /i.test(req.headers.authorization || '')) {
      res.writeHead(401, { 'content-type': 'application/json', 'www-authenticate': 'Basic' });
      return res.end(JSON.stringify({ error: 'invalid_client', error_description: 'client authentication failed' }));
    }
    if (url.pathname.startsWith(`${PREFIX}/`)) {
      req.originalUrl = req.url;
      req.url = req.url.slice(PREFIX.length);
      return answer(req, res);
    }
    return sendPage(res, errorPage({ error: 'not_found' }), 404);
  } catch (error) {
    console.error(error);
    return sendPage(res, errorPage({ error: 'server_error', error_description: 'Voir le journal du fournisseur.' }), 500);
  }
}).listen(Number(process.env.PORT), 'localhost', () => console.log(`stand-in for ProConnect at ${ISSUER}, faults ${faults ? 'possible' : 'off'}`));
