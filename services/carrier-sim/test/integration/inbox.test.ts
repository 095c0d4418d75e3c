import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CarrierSim } from '../../src/index.ts';
import { SOON, call, control, inbox, sdkFor, sms, startSim } from '../sim.ts';

const TO = '+4915112345678';
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

let sim: CarrierSim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(() => sim.stop());
afterEach(() => control(sim, 'POST', 'reset'));

const get = (path: string, accept: string): Promise<Response> =>
  fetch(`${sim.url}${path}`, { headers: { accept }, redirect: 'manual' });

describe('the inbox over HTTP', () => {
  it('gives a phone’s messages as JSON, newest last, however the plus is written', async () => {
    await sdkFor(sim).messages.send(sms({ text: 'first' }));
    await expect.poll(() => inbox(sim, TO), SOON).toHaveLength(1);
    await sdkFor(sim).voice.createOutboundCall(call());
    await expect.poll(() => inbox(sim, TO), SOON).toHaveLength(2);
    // Unescaped, a plus in a query means a space; escaped or left out it is the same phone.
    for (const spelling of ['+4915112345678', '%2B4915112345678', '4915112345678']) {
      const response = await get(`/inbox?to=${spelling}`, 'application/json');
      expect(response.headers.get('content-type')).toContain('application/json');
      expect(await response.json()).toEqual({
        messages: [
          { id: expect.any(Number), to: TO, channel: 'sms', provider: 'alpha', text: 'first', received_at: ISO },
          expect.objectContaining({ channel: 'voice', text: 'Code 4 8 3 9 2 0. (said twice)' }),
        ],
      });
    }
  });

  it('knows nothing of a phone that received nothing', async () => {
    expect(await (await get('/inbox?to=%2B1', 'application/json')).json()).toEqual({ messages: [] });
  });

  it('lists the phones', async () => {
    await sdkFor(sim).messages.send(sms());
    await expect.poll(() => inbox(sim, TO), SOON).toHaveLength(1);
    const list = await (await get('/inbox?q=4915', 'application/json')).json();
    expect(list).toMatchObject({ addresses: [{ to: TO, count: 1 }] });
    expect(await (await get('/inbox?q=999', 'application/json')).json()).toEqual({ addresses: [] });
  });

  it('is a page for browsers, which lets nothing but its own script run', async () => {
    const response = await get('/inbox', 'text/html,application/xhtml+xml,*/*;q=0.8');
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'sha256-/);
    const html = await response.text();
    expect(html).toContain('<title>Inbox');
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it('is where the root leads', async () => {
    const response = await get('/', '*/*');
    expect([response.status, response.headers.get('location')]).toEqual([302, '/inbox']);
  });
});

const ISO: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

// Vitest shows the name of what it skips: it says what to install.
describe.skipIf(!CHROMIUM)(
  `the inbox page${CHROMIUM ? '' : ' (skipped: no chromium found; apt-get install chromium)'}`,
  () => {
    let browser: Browser;
    let page: Page;
    const errors: string[] = [];
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
      page = await browser.newPage({ viewport: { width: 1280, height: 820 } });
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    });
    afterAll(() => browser.close());

    const open = async (): Promise<void> => {
      await page.goto('about:blank');
      await page.goto(sim.inboxUrl);
      await page.locator('#live[data-state=live]').waitFor();
    };
    const card = (text: string) => page.locator('.message', { hasText: text });

    it('says what to do while nothing has arrived, and shows a message the moment it does', async () => {
      await open();
      await page.getByText('Nothing has arrived yet').waitFor();
      await sdkFor(sim).messages.send(sms());
      await card('Your code is 483920.').waitFor();
      expect(await page.getByText('Nothing has arrived yet').isVisible()).toBe(false);
      expect(await card('483920').locator('mark').textContent()).toBe('483920');
      expect(await card('483920').locator('.digits').textContent()).toBe('483920');
      expect(await card('483920').locator('.provider').textContent()).toBe('alpha');
      await sdkFor(sim).voice.createOutboundCall(call());
      await card('Phone call').waitFor();
      expect(await card('Phone call').locator('.digits').textContent()).toBe('483920');
      expect(errors).toEqual([]);
    });

    it('shows HTML in a message as text', async () => {
      await open();
      await sdkFor(sim).messages.send(sms({ text: '<img src=x onerror="document.title=1"><b>bold</b>' }));
      await card('<b>bold</b>').waitFor();
      expect(await page.locator('.message img, .message b').count()).toBe(0);
      expect(errors).toEqual([]);
    });

    it('counts what arrives at other phones, and finds them', async () => {
      await sdkFor(sim).messages.send(sms());
      await expect.poll(() => inbox(sim, TO), SOON).toHaveLength(1);
      await open();
      await card('483920').waitFor();
      await sdkFor(sim).messages.send(sms({ to: '447700900123', text: 'Code 112233' }));
      const other = page.locator('.person', { hasText: '+447700900123' });
      await other.locator('.unread', { hasText: '1' }).waitFor();
      await page.getByLabel('Search phones and mailboxes').fill('4477');
      await expect.poll(() => page.locator('.person').count()).toBe(1);
      await other.click();
      await card('Code 112233').waitFor();
      expect(await other.locator('.unread').isVisible()).toBe(false);
      expect(await card('483920').count()).toBe(0);
    });

    it('shows the list or one phone where there is no room for both', async () => {
      await sdkFor(sim).messages.send(sms());
      await expect.poll(() => inbox(sim, TO), SOON).toHaveLength(1);
      await page.setViewportSize({ width: 390, height: 844 });
      await open();
      await page.locator('.person', { hasText: TO }).click();
      await card('483920').waitFor();
      expect(await page.locator('#people').isVisible()).toBe(false);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await page.getByLabel('Back to all phones and mailboxes').click();
      await page.locator('.person', { hasText: TO }).waitFor();
      expect(await page.locator('#messages').isVisible()).toBe(false);
    });
  },
);
