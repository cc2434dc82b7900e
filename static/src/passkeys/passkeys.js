/** Asks the browser's authenticator for what a passkey form needs, then sends the form. */

import { creationOptions, requestOptions, toJson } from "./encoding.js";

const options = JSON.parse(document.getElementById("passkey-options").textContent);
const form = document.querySelector("[data-passkey]");
const message = form.querySelector("[data-passkey-message]");

function ask() {
  return form.dataset.passkey === "create"
    ? navigator.credentials.create({ publicKey: creationOptions(options.creation_options.publicKey) })
    : navigator.credentials.get({ publicKey: requestOptions(options.request_options.publicKey) });
}

function say(text) {
  message.textContent = text;
  message.hidden = !text;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  say("");
  if (!window.PublicKeyCredential) return say(form.dataset.unsupported);
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    form.elements.credential.value = JSON.stringify(toJson(await ask()));
    form.submit(); // past this listener
  } catch (error) {
    say(error.name === "InvalidStateError" ? form.dataset.known : form.dataset.refused);
    button.disabled = false;
    button.focus();
  }
});
