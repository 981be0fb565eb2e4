import { page } from '../../http/pages/page.ts';
import type { Client } from '../client.ts';
import { type AppLine, toAppLine } from '../console/client-views.ts';
import {
  type SampleBlock,
  type SampleInput,
  type SampleNote,
  type Stack,
  usesSecret,
} from './sample.ts';
import { type StackId, STACKS, stacksFor } from './stacks.ts';

/** A sentence of the page: a note of the stack, or where the sample finds the secret. */
type CodeNote = SampleNote | { readonly id: 'client_secret'; readonly values: object };

interface CodeModel {
  readonly app: AppLine;
  /** The tabs. */
  readonly stacks: readonly { readonly id: StackId; readonly title: string }[];
  readonly shown: StackId;
  readonly title: string;
  readonly library: string;
  readonly notes: readonly CodeNote[];
  readonly blocks: readonly SampleBlock[];
}

export const codePage = page<CodeModel>('clients/code.njk');

/** The sample of the requested stack; that of the first one when the app has no such stack. */
export function codeModel(input: SampleInput, requested: string | undefined): CodeModel {
  const ids = stacksFor(input.client);
  const shown = ids.find((id) => id === requested) ?? ids[0] ?? 'curl';
  const stack: Stack = STACKS[shown];
  return {
    app: toAppLine(input.client),
    stacks: ids.map((id) => ({ id, title: STACKS[id].title })),
    shown,
    title: stack.title,
    library: stack.library,
    notes: [...secretNotes(input.client), ...(stack.notes?.(input) ?? [])],
    blocks: stack.blocks(input),
  };
}

function secretNotes(client: Client): CodeNote[] {
  return usesSecret(client) ? [{ id: 'client_secret', values: {} }] : [];
}
