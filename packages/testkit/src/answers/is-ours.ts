/** Whether an answer is Watchword's: elsewhere a test may play another's server; ours name every request. */
export function isOurs(url: string, headers: Headers): boolean {
  return headers.has('x-request-id') || new URL(url).pathname.startsWith('/v1/verifications');
}
