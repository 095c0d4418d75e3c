import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface Page {
  html: string;
  headers: Record<string, string>;
}

/** In this order: what phone.css says of small screens overrides the frame. */
const STYLES = ['frame.css', 'phone.css'];

/** Puts the page's style and script into its HTML: one answer, no further requests, and a policy that lets nothing else run. */
export function loadPage(): Page {
  const style = STYLES.map(read).join('\n');
  const script = read('inbox.js');
  const html = read('inbox.html')
    // With the white space around it: the policy's hashes are of the whole element.
    .replace(/\s*\/\* frame\.css, phone\.css \*\/\s*/, () => style)
    .replace(/\s*\/\* inbox\.js \*\/\s*/, () => script);
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${hash(style)}'`,
    `script-src 'sha256-${hash(script)}'`,
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return {
    html,
    headers: {
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
  };
}

function read(name: string): string {
  return readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
