// `ask(method, path, body)` is your own: it sends JSON to contract zero with whatever tokens you
// hold, and gives the body of the answer.

export async function addPasskey(ask, name) {
  const { options } = await ask("POST", "factors/passkey/", {});
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey });
  return ask("POST", "factors/passkey/confirm/", { credential: credential.toJSON(), name });
}

// After a sign-in was answered with the 403 `mfa_required`, which holds the token.
export async function finishSignIn(ask, challenge_token) {
  const { options } = await ask("POST", "sign-in/second-step/passkey/", { challenge_token });
  const credential = await signed(options);
  return ask("POST", "sign-in/second-step/", { challenge_token, credential });
}

// After something was answered with the 403 `reauthentication_required`.
export async function showAgain(ask, current_password) {
  const { options } = await ask("POST", "reauthenticate/passkey/", {});
  const credential = await signed(options);
  return ask("POST", "reauthenticate/", { current_password, credential });
}

async function signed(options) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials.get({ publicKey });
  return credential.toJSON();
}
