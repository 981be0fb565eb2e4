import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import type { StackId } from '../../src/clients/samples/stacks.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { openWatchedPage } from '../support/browser/watched-page.ts';
import { apacheProgram, apacheWithOpenidc } from './apache-program.ts';
import type { AppProcess, AppProgram } from './app-process.ts';
import { runByHand, runNative, runService, runTokenByHand } from './sample-commands.ts';
import {
  type Environment,
  readSample,
  removeSample,
  sampleProgram,
  type SampleRunInput,
} from './sample-program.ts';
import { MAVEN_REPOSITORY } from './toolchains.ts';
import { fillSignIn } from '../support/browser/fill-sign-in.ts';

type Values = Record<string, unknown>;

/** Runs a sample as the page shows it, through a whole sign-in. @returns the values that the app received. */
type SampleRun = (input: SampleRunInput) => Promise<Values>;

/** Runs the sample of an app that acts for itself. @returns its output. */
type ServiceRun = (input: Omit<SampleRunInput, 'shared'>) => Promise<string>;

interface StackRuns {
  readonly web?: SampleRun;
  readonly single_page?: SampleRun;
  readonly native?: SampleRun;
  readonly machine?: ServiceRun;
}

/** A run for each stack and each type of app that it has a sample for. */
export const SAMPLE_RUNS: Readonly<Record<StackId, StackRuns>> = {
  'openid-client': {
    web: webRun('openid-client'),
    native: runNative,
    machine: (input) => runService('openid-client', input),
  },
  'express-openid-connect': { web: webRun('express-openid-connect', { start: '/user' }) },
  'next-auth': {
    web: webRun('next-auth', {
      start: '/api/auth/signin?callbackUrl=/user',
      callbackPath: '/api/auth/callback/consentry',
      variables: { NEXT_TELEMETRY_DISABLED: '1' },
    }),
  },
  'spring-boot': {
    web: webRun('spring-boot', {
      start: '/user',
      variables: { MAVEN_OPTS: `-Dmaven.repo.local=${MAVEN_REPOSITORY}` },
    }),
  },
  authlib: { web: webRun('authlib'), machine: (input) => runService('authlib', input) },
  'go-oidc': {
    web: webRun('go-oidc', { user: null }),
    machine: (input) => runService('go-oidc', input),
  },
  'mod-auth-openidc': { web: runApache },
  'oidc-client-ts': { single_page: runInBrowser },
  curl: {
    web: (input) => runByHand('web', input),
    single_page: (input) => runByHand('single_page', input),
    native: (input) => runByHand('native', input),
    machine: runTokenByHand,
  },
};

interface WebRun {
  /** Where the person starts. Default: `/login`. */
  readonly start?: string;
  /** The page with the values; `null` when it is the one that the person comes back to. Default: `/user`. */
  readonly user?: string | null;
  readonly callbackPath?: string;
  /** Variables of its tools. */
  readonly variables?: Environment;
}

function webRun(stack: StackId, { start, user = '/user', ...more }: WebRun = {}): SampleRun {
  return (input) =>
    whileRunning(input, { stack, ...more }, async (app) => {
      const visitor = await input.scene.connect(app, input.shared, start);
      if (user !== null) return input.scene.readJson(app, visitor, user);
      return JSON.parse(visitor.page.body) as Values;
    });
}

/** Starts the app of a sample, and removes it after the visit. */
export async function whileRunning<Result>(
  input: Omit<SampleRunInput, 'shared'>,
  { stack, callbackPath, variables }: { readonly stack: StackId } & WebRun,
  visit: (app: AppProcess) => Promise<Result>,
): Promise<Result> {
  let folder = '';
  const app = await input.scene.open({
    library: stack,
    registration: input.registration,
    ...(callbackPath !== undefined && { callbackPath }),
    program: async (registered): Promise<AppProgram> => {
      const program = await sampleProgram(input, { stack, app: registered });
      folder = program.folder ?? '';
      return { ...program, env: { ...variables, ...program.env } };
    },
  });
  try {
    return await visit(app);
  } finally {
    await app.stop();
    removeSample({ folder });
  }
}

async function runApache({ scene, registration, shared }: SampleRunInput): Promise<Values> {
  const apache = apacheWithOpenidc();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-apache-'));
  const app = await scene.open({
    library: 'mod_auth_openidc',
    registration,
    program: async ({ port, clientId, clientSecret }) => {
      const { files } = await readSample(scene, clientId, 'mod-auth-openidc');
      const [sample = ''] = files.values();
      // The page of the module that shows what it received.
      const directives = ['OIDCInfoHook userinfo'];
      return apacheProgram(apache, { folder, port, clientSecret, sample, directives });
    },
  });
  const visitor = await scene.connect(app, shared, '/secured/');
  expect(visitor.page.text).to.equal('secured');
  const { userinfo } = await scene.readJson(app, visitor, '/callback?info=json');
  await app.stop();
  fs.rmSync(folder, { recursive: true, force: true });
  return userinfo as Values;
}

async function runInBrowser(input: SampleRunInput): Promise<Values> {
  const { ana } = input.scene;
  const browser = await launchBrowser();
  const single: SampleRunInput = {
    ...input,
    registration: { applicationType: 'single_page', ...input.registration },
  };
  try {
    return await whileRunning(single, { stack: 'oidc-client-ts' }, async (app) => {
      const { page, browserErrors } = await openWatchedPage(browser);
      await page.goto(app.url);
      await page.click('#sign-in');
      await fillSignIn(page, ana);
      await page.waitForSelector('button[value=allow]');
      for (const claim of input.shared) {
        await page.check(`[name="claim.${claim}"][value="${ana.attributeIds[claim]?.[0] ?? ''}"]`);
      }
      await page.click('button[value=allow]');
      await page.waitForSelector('#person:not(:empty)');
      expect(browserErrors).to.deep.equal([]);
      return JSON.parse((await page.textContent('#person')) ?? '') as Values;
    });
  } finally {
    await browser.close();
  }
}
