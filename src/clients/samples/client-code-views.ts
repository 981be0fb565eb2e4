import { page } from '../../http/pages/page.ts';
import type { Templates } from '../../http/pages/templates.ts';
import type { Client } from '../client.ts';
import { type AppLine, toAppLine } from '../console/client-views.ts';
import {
  isSecure,
  type SampleBlock,
  type SampleInput,
  type SampleNote,
  type Stack,
  type TemplateBlock,
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
export function codeModel(
  templates: Pick<Templates, 'renderText'>,
  input: SampleInput,
  requested: string | undefined,
): CodeModel {
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
    blocks: stack.blocks(input).map((block) => sampleCode(templates, block, input)),
  };
}

function secretNotes(client: Client): CodeNote[] {
  return usesSecret(client) ? [{ id: 'client_secret', values: {} }] : [];
}

/** Fills the template of a block with the values of an app. */
function sampleCode(
  templates: Pick<Templates, 'renderText'>,
  block: SampleBlock | TemplateBlock,
  input: SampleInput,
): SampleBlock {
  if ('code' in block) return block;
  const { template, values, ...title } = block;
  const code = templates.renderText(`clients/samples/${template}.njk`, {
    ...FUNCTIONS,
    ...input,
    // The redirect address keeps its own path.
    loginPath: input.redirect?.pathname === '/login' ? '/sign-in' : '/login',
    // Samples send the secret in the header when the app accepts both.
    sendsSecretInBody: input.client.tokenEndpointAuthMethod === 'client_secret_post',
    ...values,
  });
  return { ...title, code: code.trimEnd() };
}

/** Functions of the templates: whether an address is https, and texts in the quotes of a language. */
const FUNCTIONS = {
  isSecure,
  /** A string of JavaScript. */
  single: (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
  /** A string of Python, Go, Java, YAML, JSON or Apache. */
  double: (text: string) => JSON.stringify(text),
  /** The words of a text as strings with a comma between them. */
  doubles: (words: string) =>
    words
      .split(' ')
      .map((word) => JSON.stringify(word))
      .join(', '),
  /** A word of a POSIX shell. */
  shell: (text: string) => `'${text.replaceAll("'", `'\\''`)}'`,
};
