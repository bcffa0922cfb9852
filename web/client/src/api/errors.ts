// Refusals of the node, and not reaching it, as one type.
import type { PasskeyRequest } from './passkeys';

export class ApiError extends Error {
  constructor(
    /** The node's stable id, or `client.unreachable`. */
    readonly id: string,
    readonly status: number,
    message: string,
    readonly requestId = '',
    /** With the question for a second factor: passkeys that would do. */
    readonly passkey?: PasskeyRequest,
  ) {
    super(message);
  }
}

/** True when trying again later may help. */
export const isOutage = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500);
