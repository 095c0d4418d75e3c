/**
 * One spelling for one phone or mailbox: `+` and digits, or the address in lower case. Tolerates what the vendors send
 * (no plus) and what a query string makes of a plus (a space).
 */
export function normaliseAddress(raw: string): string {
  const text = raw.trim().replaceAll(' ', '+').replace(/^\++/, '+').toLowerCase();
  return /^[0-9]{3,15}$/.test(text) ? `+${text}` : text;
}

/** Enough to recognise an address in a log line, not enough to use it. */
export function maskAddress(address: string): string {
  const at = address.indexOf('@');
  return at >= 0 ? `…${address.slice(at)}` : `${address.slice(0, 4)}…${address.slice(-2)}`;
}
