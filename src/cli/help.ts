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
Without DATABASE_URL it works on the embedded database, also beside a server that runs on it.

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
  import: {
    summary: 'Bring accounts from another system, from a file of JSON lines or CSV',
    text: `Usage: consentry import accounts FILE [options]

Makes one account of each line. Works while the server runs. Each account is made whole or not at all; lines that are wrong
are left out and listed by number in FILE.errors.ndjson. Ctrl-C ends it after the batch under way; the same command goes on there.

  --format ndjson|csv      Default: by the extension of the file
  --dry-run                Does everything, tells what would be, and keeps nothing
  --strict                 All accounts or none: one wrong line, and nothing is imported
  --on-existing skip|fail  An account with this id, or without an id with one of these addresses, is there already: leave it as
                           it is and say nothing, or list the line as wrong (default)
  --batch <number>         Accounts per transaction, 1 to 5000 (default 500)
  --errors <file>          Where the list goes; a name that ends in .txt is written as text, others as JSON lines.
                           A file that exists is left as it is, unless it is the list of the run that is continued
  --from-top               Begin at the first line although this very file was imported before

A line of JSON: {"id":"17","email":"ana@example.org","email_verified":true,"name":"Ana","password_hash":"$2b$12$..."}
  id             how the other system calls the account; kept as a keyed index, so that it is not imported twice
  status         active (default), suspended, or blocked with a status_reason
  language       en or ru: of mails and pages      created_at     ISO 8601
  password_hash  argon2, bcrypt ($2a$, $2b$, $2y$), PBKDF2 (PHC, passlib); Django's spelling of each. Made ours at the next sign-in
  email, phone_number, name, address, ... any claim; several as a list; {"value":"...","label":"work","verified":true}
CSV has the same names in its first line; further values are email.2, what belongs to one is email.2.verified or email.2.label,
parts of an address are address.locality. An account needs one verified e-mail or phone number.

Exit code 0: everything imported or skipped; 1: could not; 2: wrong usage; 3: some lines refused; 130: stopped.`,
  },
  ledger: {
    summary: 'Check that the record of what apps read was not tampered with',
    text: `Usage: consentry ledger verify [--account <id>] [--since <time>] [--checkpoint <number:digest>]

Reads every account's chain of reads and compares it with the ends that the server signs every hour. Names the first row that
was changed, taken out, put in or moved, of each account; exit code 1 when there is one. Safe beside a running server.

  --account <id>                Only this account
  --since <time>                Trust what was written before, such as 2026-11-20
  --checkpoint <number:digest>  Also require this signed checkpoint, noted earlier from here or from the server's log`,
  },
  keys: {
    summary: 'Make a master key, see which ones are in use, or seal everything anew',
    text: `Usage: consentry keys new [--kms]
       consentry keys status
       consentry keys rotate [--dry-run] [--batch <number>]

new     Prints a new key for MASTER_KEYS, with the next free version. With --kms the key service (KMS_KEY_ID) makes it, and
        nobody ever sees it in clear. Needs no database.
status  Counts what is sealed by which version. Exit code 3 while something is under an older one than the first.
rotate  Seals everything anew with the first key of MASTER_KEYS, while servers go on working. Can be stopped at any time and
        started again. With --dry-run it only counts.

To change the master key without an outage: put the new key second in MASTER_KEYS and restart every server; put it first and
restart; run "rotate"; when "status" says that nothing remains, take the old key away and restart.

  --batch <number>  Rows at a time (default 500)`,
  },
  openapi: {
    summary: 'Print the OpenAPI document of the JSON API',
    text: `Usage: consentry openapi [--out <file> [--force]]

Prints what a running server answers with at /openapi.json. Needs no database.

  --out <file>  Write it there instead. A file that exists is left as it is
  --force       Replace the file`,
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
