// Passkeys: what the node says of them, and what the browser does with that. The standard's JSON forms are read
// and written here, because not every browser does.
import { post, put, get } from './request';
import type { Id } from './types';

interface Descriptor {
  type: 'public-key';
  id: string;
  transports: AuthenticatorTransport[];
}
/** PublicKeyCredentialRequestOptionsJSON. */
export interface PasskeyRequest {
  challenge: string;
  rpId: string;
  userVerification: UserVerificationRequirement;
  timeout: number;
  allowCredentials: Descriptor[];
}
interface PasskeyCreation {
  rp: PublicKeyCredentialRpEntity;
  user: { id: string; name: string; displayName: string };
  challenge: string;
  pubKeyCredParams: PublicKeyCredentialParameters[];
  timeout: number;
  excludeCredentials: Descriptor[];
  authenticatorSelection: AuthenticatorSelectionCriteria;
  attestation: AttestationConveyancePreference;
}
type Answer = Record<string, unknown>;

export interface Passkey {
  id: Id;
  name: string;
  create_at: number;
  last_used_at: number;
  is_synced: boolean;
  can_sign_in: boolean;
}

/** Only where the address is one that the browser trusts. */
export const hasPasskeys = () => 'credentials' in navigator && 'PublicKeyCredential' in window;

const bytes = (text: string) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
const text = (buffer: ArrayBuffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const credentials = (list: Descriptor[]) => list.map((each) => ({ ...each, id: bytes(each.id) }));

/** The browser asks the person. It throws a DOMException when they do not want to. */
export async function show(
  options: PasskeyRequest,
  how: { mediation?: CredentialMediationRequirement; signal?: AbortSignal } = {},
): Promise<Answer> {
  const shown = (await navigator.credentials.get({
    ...how,
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: credentials(options.allowCredentials),
    },
  })) as PublicKeyCredential;
  const response = shown.response as AuthenticatorAssertionResponse;
  return {
    id: shown.id,
    type: shown.type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: response.userHandle ? text(response.userHandle) : undefined,
    },
  };
}

async function make(options: PasskeyCreation): Promise<Answer> {
  const made = (await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: credentials(options.excludeCredentials),
    },
  })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    id: made.id,
    type: made.type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports(),
    },
  };
}

export const passkeys = () => get<Passkey[]>('/concordat/users/me/passkeys');
/** The password is for whoever has no second factor yet. */
export async function addPasskey(name: string, password: string): Promise<Passkey> {
  const options = await post<PasskeyCreation>('/concordat/users/me/passkeys/begin', { password });
  return post<Passkey>('/concordat/users/me/passkeys', { name, answer: await make(options) });
}
export const renamePasskey = (id: Id, name: string) => put(`/concordat/users/me/passkeys/${id}`, { name });
export const removePasskey = (id: Id) => post(`/concordat/users/me/passkeys/${id}/remove`);

/**
 * Lets the browser offer passkeys where it offers names: comes back once one was chosen and has signed in. False
 * when the browser does not do that. A challenge counts for a while only, so it is made anew before it is over,
 * and none is made for a page that nobody looks at.
 */
export async function offerSignIn(end: AbortSignal): Promise<boolean> {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return false;
  while (!end.aborted) {
    if (document.visibilityState !== 'visible') {
      await new Promise((seen) => document.addEventListener('visibilitychange', seen, { once: true }));
      continue;
    }
    const options = await post<PasskeyRequest>('/concordat/passkeys/sign_in/begin');
    const signal = AbortSignal.any([end, AbortSignal.timeout(options.timeout * 0.8)]);
    try {
      const answer = await show({ ...options, allowCredentials: [] }, { mediation: 'conditional', signal });
      await post('/concordat/passkeys/sign_in', { answer });
      return true;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
  return false;
}

/** Signs in with nothing but a passkey. */
export async function signInByPasskey(): Promise<void> {
  const options = await post<PasskeyRequest>('/concordat/passkeys/sign_in/begin');
  await post('/concordat/passkeys/sign_in', { answer: await show(options) });
}
/** The session counts as one that showed a second factor just now. */
export async function stepUpByPasskey(): Promise<void> {
  const options = await post<PasskeyRequest>('/concordat/passkeys/step_up');
  await post('/concordat/sessions/step_up', { passkey: await show(options) });
}
