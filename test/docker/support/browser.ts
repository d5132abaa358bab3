import { type Browser, chromium } from 'playwright-core';

/** Debian's browser, without calls home. */
export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({
    timeout: 120_000,
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}
