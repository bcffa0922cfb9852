// Refusals of the node, and not reaching it, as one type.
export class ApiError extends Error {
  constructor(
    /** The node's stable id, or `client.unreachable`. */
    readonly id: string,
    readonly status: number,
    message: string,
    readonly requestId = '',
  ) {
    super(message);
  }
}

/** True when trying again later may help. */
export const isOutage = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500);
