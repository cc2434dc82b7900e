// Faults on demand, so that sign-in is tested against a real provider that misbehaves.
// Only when started with VISIO_OIDC_FAULTS: POST /__faults with
//   {"discovery"|"jwks"|"token"|"userinfo": "500" | "garbage" | "hang"}      the endpoint fails
//   {"id_token": {claim: value, …}, "userinfo_claims": {…}}                  claims are replaced
//   {"id_token_alg": "none" | "HS256" | "other-key", "userinfo_unsigned": true}
import { createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import http from 'node:http';

export let faults = process.env.VISIO_OIDC_FAULTS ? {} : null;
const ROUTES = { '/.well-known/openid-configuration': 'discovery', '/jwks': 'jwks', '/token': 'token', '/userinfo': 'userinfo' };
const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

export async function faultsEndpoint(req, res) {
  let body = '';
  for await (const chunk of req) body += chunk;
  faults = JSON.parse(body || '{}');
  res.writeHead(204).end();
}

const base64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const decode = (jwt) => jwt.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));

function signed(header, claims, how, keys) {
  if (how === 'none') return `${base64({ ...header, alg: 'none' })}.${base64(claims)}.`;
  if (how === 'HS256') {
    const text = `${base64({ ...header, alg: 'HS256' })}.${base64(claims)}`;
    return `${text}.${createHmac('sha256', process.env.OIDC_CLIENT_SECRET).update(text).digest('base64url')}`;
  }
  const key = how === 'other-key' ? otherKey : createPrivateKey({ key: keys.find((k) => k.alg === 'RS256'), format: 'jwk' });
  const text = `${base64({ ...header, alg: 'RS256' })}.${base64(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

// Replaces claims; `"exp_offset": -10` moves a time, null removes a claim.
function changed(claims, changes) {
  const result = { ...claims };
  for (const [name, value] of Object.entries(changes || {})) {
    if (name.endsWith('_offset')) result[name.slice(0, -7)] = Math.floor(Date.now() / 1000) + value;
    else if (value === null) delete result[name];
    else result[name] = value;
  }
  return result;
}

// True when the answer was given here. Token and userinfo answers are fetched from ourselves
// without faults, changed and signed again.
export async function applyFaults(route, req, res, { keys }) {
  const what = ROUTES[route];
  if (!faults || !what || req.headers['x-without-faults']) return false;
  if (faults[what] === '500') return res.writeHead(500).end('broken') && true;
  if (faults[what] === 'garbage') return res.writeHead(200, { 'content-type': 'application/json' }).end('<<<not json>>>') && true;
  if (faults[what] === 'hang') return true; // never answers
  const changes = what === 'token' ? faults.id_token || faults.id_token_alg : what === 'userinfo' && (faults.userinfo_claims || faults.userinfo_unsigned);
  if (!changes) return false;
  const real = await forward(req);
  if (real.status !== 200) return res.writeHead(real.status, { 'content-type': real.type }).end(real.body) && true;
  if (what === 'token') {
    const tokens = JSON.parse(real.body);
    const [header, claims] = decode(tokens.id_token);
    tokens.id_token = signed(header, changed(claims, faults.id_token), faults.id_token_alg, keys);
    return res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(tokens)) && true;
  }
  const [header, claims] = decode(real.body);
  const answer = changed(claims, faults.userinfo_claims);
  if (faults.userinfo_unsigned) return res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)) && true;
  return res.writeHead(200, { 'content-type': 'application/jwt' }).end(signed(header, answer, null, keys)) && true;
}

function forward(req) {
  return new Promise((resolve, reject) => {
    const options = { method: req.method, path: req.url, port: process.env.PORT, host: 'localhost', headers: { ...req.headers, 'x-without-faults': '1' } };
    const again = http.request(options, (answer) => {
      let body = '';
      answer.on('data', (chunk) => { body += chunk; });
      answer.on('end', () => resolve({ status: answer.statusCode, type: answer.headers['content-type'], body }));
    });
    again.on('error', reject);
    req.pipe(again);
  });
}
