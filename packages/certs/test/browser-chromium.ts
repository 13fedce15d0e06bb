import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type CDPSession, type Page } from 'playwright-core';

/** What a page looks like to the person before it. */
export interface Visit {
  /** `net::ERR_…` of the page that was refused, or null. */
  readonly error: string | null;
  readonly text: string;
  /** What the padlock says. */
  readonly state: string;
  readonly protocol: string;
  /** The certificate as Chromium shows it, DER. */
  readonly certificate: Buffer;
  /** The names as Chromium has read them. */
  readonly names: readonly string[];
  /** The WebSockets that were opened to this moment. */
  readonly sockets: readonly string[];
}

const executablePath = '/usr/bin/chromium';
const timeout = 15_000;

/** For `skip` of a test. In CI both programs must be there. */
export function absentChromium(): string | false {
  const lacking = [
    ...(existsSync(executablePath) ? [] : ['chromium']),
    ...(spawnSync('certutil', ['-H']).error === undefined ? [] : ['libnss3-tools']),
  ];
  if (lacking.length === 0) return false;
  if (process.env['CI'] === 'true') {
    throw new Error(`the Debian packages ${lacking.join(', ')} are expected in CI`);
  }
  return lacking.length === 1
    ? `the Debian package ${lacking[0]} would enable it`
    : `the Debian packages ${lacking.join(', ')} would enable it`;
}

/** A person with a home of their own, and a Chromium that trusts what is in its NSS database. */
export class Person {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** @param roots files of the roots that this person trusts, each in PEM */
  static async create(home: string, roots: readonly string[]): Promise<Person> {
    const database = join(home, '.pki', 'nssdb');
    await mkdir(database, { recursive: true });
    const certutil = (...words: string[]): void => {
      execFileSync('certutil', [...words, '-d', `sql:${database}`], { timeout });
    };
    certutil('-N', '--empty-password');
    for (const [i, file] of roots.entries()) certutil('-A', '-n', `root ${i}`, '-t', 'C,,', '-i', file);
    const browser = await chromium.launch({
      executablePath,
      timeout,
      env: { PATH: process.env['PATH'] ?? '', HOME: home },
      // Every name and address is the own machine: nothing leaves it.
      args: ['--host-resolver-rules=MAP * localhost'],
      chromiumSandbox: false,
    });
    return new Person(browser);
  }

  async leave(): Promise<void> {
    await this.#browser.close();
  }

  /** What the browser was really started with, after Playwright and Debian have added theirs. */
  async commandLine(): Promise<readonly string[]> {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const browser = processInfo.find(({ type }) => type === 'browser');
    return readFileSync(`/proc/${browser?.id}/cmdline`, 'utf8').split('\0');
  }

  async visit(url: string): Promise<Visit> {
    return this.open(url, async (visit) => visit);
  }

  /** Opens a page, lets something be done with it, and closes it. */
  async open<T>(url: string, work: (visit: Visit, page: Page) => Promise<T>): Promise<T> {
    const page = await this.#browser.newPage();
    try {
      page.setDefaultTimeout(timeout);
      const session = await page.context().newCDPSession(page);
      return await work(await look(page, session, url), page);
    } finally {
      await page.close();
    }
  }
}

async function look(page: Page, session: CDPSession, url: string): Promise<Visit> {
  let state = 'neutral';
  let certificate = '';
  let protocol = '';
  let names: readonly string[] = [];
  const sockets: string[] = [];
  session.on('Security.visibleSecurityStateChanged', ({ visibleSecurityState }) => {
    state = visibleSecurityState.securityState;
    certificate = visibleSecurityState.certificateSecurityState?.certificate[0] ?? '';
  });
  session.on('Network.responseReceived', ({ response, type }) => {
    if (type !== 'Document') return;
    names = response.securityDetails?.sanList ?? [];
    protocol = response.securityDetails?.protocol ?? '';
  });
  session.on('Network.webSocketCreated', ({ url: socket }) => sockets.push(socket));
  await session.send('Security.enable');
  await session.send('Network.enable');
  const error = await page.goto(url).then(
    () => null,
    (reason: Error) => /net::\w+/.exec(reason.message)?.[0] ?? reason.message,
  );
  // The state of the new page is told after the page is there.
  for (let waited = 0; error === null && state === 'neutral' && waited < 5000; waited += 20) await sleep(20);
  const text = error === null ? ((await page.textContent('body')) ?? '').trim() : '';
  return { error, text, state, protocol, certificate: Buffer.from(certificate, 'base64'), names, sockets };
}
