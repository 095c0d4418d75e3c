/** What a sealed address is bound to: ingest seals it with this, delivery opens it with this. */
export function recipientAad(verificationId: string, index: number): string {
  return `${verificationId}|${index}`;
}
