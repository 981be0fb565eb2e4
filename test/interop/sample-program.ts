import fs from 'node:fs';
import path from 'node:path';

import type { CreateClientInput } from '../../src/clients/index.ts';
import type { StackId } from '../../src/clients/samples/stacks.ts';
import { openSample, type ShownSample } from '../support/people/code-page.ts';
import type { AppProgram, AppRegistration } from './app-process.ts';
import type { InteropScene } from './scene.ts';
import { installedSample } from './toolchains.ts';

/** The newest packages of this day are installed. */
const DAY = '2026-11-29';

/** One run of a sample: the app is registered like this, and the person shares these claims with it. */
export interface SampleRunInput {
  readonly scene: InteropScene;
  readonly registration: Partial<CreateClientInput>;
  readonly shared: readonly string[];
  /** Fetches the packages of the sample. @returns a folder below which they are found. Default: runs the commands of the page. */
  readonly install?: (sample: ShownSample) => Promise<string>;
  /** Variables of one app beside its secret. Default: none. */
  readonly environment?: (clientId: string) => Promise<Environment>;
}

/** Variables of a process. */
export type Environment = Readonly<Record<string, string>>;

/** A sample on disk. */
export interface WrittenSample {
  readonly folder: string;
  readonly environment: Environment;
  /** The commands that start it. */
  readonly start: string;
}

/** The sample of an app of the scene, read from its page. */
export async function readSample(
  { atConsole }: InteropScene,
  clientId: string,
  stack: StackId,
): Promise<ShownSample> {
  return openSample(await atConsole(), { clientId, stack });
}

/** Installs the packages of a sample, once for each wording of the commands, and writes its files for one app. */
export async function writeSample(
  {
    scene,
    install = installFromPage,
    environment,
  }: Omit<SampleRunInput, 'shared' | 'registration'>,
  { stack, clientId }: { readonly stack: StackId; readonly clientId: string },
): Promise<WrittenSample> {
  const sample = await readSample(scene, clientId, stack);
  const installed = await install(sample);
  const folder = path.join(installed, 'runs', clientId);
  for (const [file, text] of sample.files) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), `${text}\n`);
  }
  return {
    folder,
    environment: {
      PYTHONPATH: installed,
      PYTHONDONTWRITEBYTECODE: '1',
      ...(await environment?.(clientId)),
    },
    start: sample.commands('Start'),
  };
}

function installFromPage({ files, commands }: ShownSample): Promise<string> {
  // Maven installs when it builds.
  return installedSample(files.has('pom.xml') ? 'true' : commands('Install'), DAY);
}

/** Starts the app of a sample with the commands of the page. */
export async function sampleProgram(
  input: Omit<SampleRunInput, 'shared' | 'registration'>,
  { stack, app }: { readonly stack: StackId; readonly app: AppRegistration },
): Promise<AppProgram> {
  const sample = await writeSample(input, { stack, clientId: app.clientId });
  return {
    command: 'bash',
    args: ['-ec', sample.start],
    folder: sample.folder,
    env: { ...sample.environment, CLIENT_SECRET: app.clientSecret },
    startSeconds: 180,
  };
}

/** Removes what {@link writeSample} wrote for an app; the installed packages stay. */
export function removeSample({ folder }: Pick<WrittenSample, 'folder'>): void {
  fs.rmSync(folder, { recursive: true, force: true });
}
