// The stand-in's pages: plain forms that work without any script.
const escape = (text) => String(text ?? '').replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const page = (title, body) => `<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><link rel="stylesheet" href="/style.css"></head>
<body><main><p class="notice">Fournisseur d’identité de démonstration : il remplace ProConnect sur cette machine.
Aucun mot de passe n’est demandé.</p><h1>${escape(title)}</h1>${body}</main></body></html>`;

export function signInPage({ people, wanted, levels, hint }) {
  const cards = people.map((person) => `
    <button name="person" value="${escape(person.key)}" id="person-${escape(person.key)}">
      <strong>${escape(person.given_name)} ${escape(person.usual_name)}</strong>
      <span>${escape(person.organisation)}</span><span>${escape(person.description)}</span>
    </button>`).join('');
  const level = wanted.length ? `<p class="notice" id="mfa-asked">Visio demande une double authentification.</p>` : '';
  const options = levels.map((value) => `<option ${value === wanted[0] ? 'selected' : ''}>${escape(value)}</option>`).join('');
  const asked = wanted.length ? `<input type="hidden" name="acr" value="${escape(wanted[0])}">` : '';
  return page('Choisissez qui se connecte', `${level}
  <form method="post"><div class="people">${asked}${cards}</div></form>
  <details><summary>Une autre personne, un autre SIRET ou d’autres rôles</summary>
  <form method="post">
    <label>Adresse électronique <input name="email" type="email" required autocomplete="off" value="${escape(hint)}"></label>
    <label>Prénom <input name="given_name" autocomplete="off"></label>
    <label>Nom d’usage <input name="usual_name" autocomplete="off"></label>
    <label>SIRET <input name="siret" inputmode="numeric" pattern="[0-9]{14}" autocomplete="off"></label>
    <label>Rôles, séparés par des virgules <input name="roles" value="agent_public,agent_public_etat" autocomplete="off"></label>
    <label>Fournisseur (idp_id) <input name="idp_id" autocomplete="off"></label>
    <label>Niveau (acr) <select name="acr">${options}</select></label>
    <button class="primary">Se connecter</button>
  </form></details>
  <form method="post"><button name="cancel" value="1" id="cancel">Annuler et revenir à Visio</button></form>`);
}

export const errorPage = ({ error, error_description: description }) => page('La demande est refusée',
  `<p id="error"><code>${escape(error)}</code></p><p>${escape(description)}</p>`);

// oidc-provider's form carries its own token; the button stands in for ProConnect's redirect.
export const logoutPage = (form) => page('Déconnexion', `${form}
  <p>Votre session auprès du fournisseur d’identité va aussi être fermée.</p>
  <button class="primary" type="submit" form="op.logoutForm" name="logout" value="yes" id="confirm-logout">Se déconnecter</button>`);
