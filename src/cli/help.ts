/** Every command, with one line for the list and the text of `consentry help <command>`. */
const HELP = {
  start: {
    summary: 'Start the server; in development with a database of its own and the demo app',
    text: `Usage: consentry start [--port <number>] [--no-demo] [--reset]

Prepares the database, applies migrations and listens. In development it also brings a PostgreSQL of its own
(unless DATABASE_URL is set), fills in the demo data and starts the Bookshop, a small third-party app.
With NODE_ENV=production it does none of that: it needs every setting, and a migrated database.

  --port <number>  Listen there instead of PORT (default 3000); the Bookshop takes the next port
  --no-demo        No demo data, no Bookshop
  --reset          Delete the embedded database and the generated secrets first; refused with DATABASE_URL`,
  },
  migrate: {
    summary: 'Bring the database schema to the newest version',
    text: `Usage: consentry migrate [--status] [--down --yes]

Applies what is missing. Safe to run from several machines at once: one works, the others wait.
Without DATABASE_URL it works on the embedded database, which must not be in use.

  --status      Only list what is applied and what is missing; exit code 3 when something is missing
  --down --yes  Undo every migration. All data are lost; refused in production`,
  },
  seed: {
    summary: 'Fill in the demo account and the demo app (not in production)',
    text: `Usage: consentry seed

Creates the demo account and registers the Bookshop, and prints how to sign in. Running it again changes nothing.
Refused in production.`,
  },
  doctor: {
    summary: 'Check settings, database, Redis and mail server, and say what is wrong',
    text: `Usage: consentry doctor

Reads the settings (secrets are never printed) and tries everything they name. Exit code 1 when something is wrong.`,
  },
  jobs: {
    summary: 'Do the background jobs in a process of their own, or list their state',
    text: `Usage: consentry jobs [list]

Sends mails, purges, exports and does whatever else waits, until it is stopped. A server does that too unless
RUN_JOBS=false; any number of both may run, each job goes to one of them.

  list  Only print the queues: what waits, runs, was given up, and when each runs by itself`,
  },
  openapi: {
    summary: 'Print the OpenAPI document of the JSON API',
    text: `Usage: consentry openapi [--out <file>]

Prints what a running server answers with at /openapi.json. Needs no database.

  --out <file>  Write it there instead`,
  },
  help: {
    summary: 'Show this list, or the options of one command',
    text: 'Usage: consentry help [command]',
  },
} as const;

/** A command that exists. */
export type CommandName = keyof typeof HELP;

/** Narrows a word to a command. */
export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(HELP, word);
}

/** The list of commands. */
export function generalHelp(): string {
  const rows = Object.entries(HELP).map(([name, { summary }]) => `  ${name.padEnd(9)}${summary}`);
  return `Consentry: an OpenID Connect server that gives apps only what the person allowed

Usage: consentry <command> [options]

${rows.join('\n')}

"consentry help <command>" shows the options. Settings come from the environment: see docs/configuration.md.`;
}

/** The options of one command. */
export function commandHelp(name: CommandName): string {
  return HELP[name].text;
}

const FARTHEST = 2;

/** The command a mistyped word was probably meant to be, or null. */
export function nearestCommand(word: string): CommandName | null {
  const candidates = (Object.keys(HELP) as CommandName[])
    .map((name) => ({
      name,
      distance: name.startsWith(word) && word.length > 1 ? 0 : editDistance(word, name),
    }))
    .filter(({ distance }) => distance <= FARTHEST)
    .toSorted((a, b) => a.distance - b.distance);
  return candidates[0]?.name ?? null;
}

/** Insertions, deletions and replacements between two words (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
