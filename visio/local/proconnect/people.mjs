// Who can be chosen on the sign-in page, and the claims that ProConnect would assert of them.
import { readFileSync } from 'node:fs';

const demo = JSON.parse(readFileSync(new URL('../demo.json', import.meta.url)));
const tenants = Object.fromEntries(demo.tenants.map((tenant) => [tenant.short_name, tenant]));
const NOBODYS = { name: 'Association sans rattachement', domain: 'association.visio.test', siret: '39000000000019', idp_id: '71144ab3-ee1a-4401-b7b3-79b44f7daee9' };

const plain = (name) => name.normalize('NFD').replace(/[̀-ͯ]/g, '').toLowerCase();

export const people = demo.people.map((person) => {
  const tenant = tenants[person.tenant] || NOBODYS;
  const second = tenants[person.also_tenant] || tenant; // two ministries: one's address, another's SIRET
  return {
    ...person,
    organisation: person.also_tenant ? `${tenant.name}, ${second.name}` : tenant.name,
    email: `${plain(person.given_name)}.${plain(person.usual_name)}@${tenant.domain}`,
    siret: second.siret,
    idp_id: tenant.idp_id,
    acr: person.mfa ? 'eidas1-mfa' : 'eidas1',
    public: Boolean(person.tenant),
  };
});

// The form's fields over the chosen demo person's; a typed address makes a new person.
export function personFromForm(form, params) {
  const chosen = people.find((person) => person.key === form.person) || {};
  const email = (form.email || chosen.email || 'inconnu@association.visio.test').toLowerCase();
  const known = people.find((person) => person.email === email) || (form.email ? {} : chosen);
  const acr = form.acr || known.acr || 'eidas1';
  const roles = form.roles ?? (known.public === false ? '' : 'agent_public,agent_public_etat');
  const siret = form.siret || known.siret || NOBODYS.siret;
  return {
    sub: form.sub || `demo-${email}`,
    acr,
    amr: acr.endsWith('-mfa') || acr === 'eidas2' || acr === 'eidas3' ? ['pwd', 'otp', 'mfa'] : ['pwd'],
    claims: {
      uid: email,
      given_name: form.given_name || known.given_name || email.split('@')[0],
      usual_name: form.usual_name || known.usual_name || '',
      email,
      siret,
      siren: siret.slice(0, 9),
      idp_id: params.idp_hint || form.idp_id || known.idp_id || NOBODYS.idp_id,
      idp_acr: acr,
      organization_label: known.organisation || NOBODYS.name,
      roles: roles.split(',').map((role) => role.trim()).filter(Boolean),
      custom: {},
    },
  };
}
