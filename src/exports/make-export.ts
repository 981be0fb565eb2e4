import { defaultEmail } from '../vault/index.ts';
import { chunkContext, EXPORT_LIFE_SECONDS, type AccountExport } from './export.ts';
import { createExportContentStore } from './export-content-store.ts';
import { writeHtml, writeJson } from './export-document-views.ts';
import type { ExportSection, ExportSubject } from './export-section.ts';
import { createExportStore } from './export-store.ts';
import type { ExportsDeps } from './exports-deps.ts';
import { inPieces, zipStream, type ZipEntry } from './zip-stream.ts';

export interface MakeExportInput {
  readonly exportId: string;
  readonly signal: AbortSignal;
  readonly isLastAttempt: boolean;
}

const CHUNK_BYTES = 256 * 1024;

/** The account, its key or the export itself is gone. */
const GONE = new Error('the account, its key or the export is gone');

/**
 * Makes a requested export, piece by piece; each piece is sealed by the person's own key before it is kept.
 * When the account is deleted meanwhile, the export is removed.
 * @throws every error, so that the job is tried again; after the last attempt the export has failed.
 */
export async function makeExport(deps: ExportsDeps, input: MakeExportInput): Promise<void> {
  const { exportId, isLastAttempt } = input;
  const store = createExportStore(deps.db);
  const begun = await store.begin(exportId, deps.clock.now());
  if (begun === null) return;
  try {
    const size = await writeChunks(deps, begun, input.signal);
    await finish(deps, begun, size);
  } catch (error) {
    if (error === GONE) return store.remove(exportId);
    if (isLastAttempt) await fail(deps, begun);
    throw error;
  }
}

interface Size {
  readonly bytes: number;
  readonly chunks: number;
}

async function writeChunks(
  deps: ExportsDeps,
  begun: AccountExport,
  signal: AbortSignal,
): Promise<Size> {
  const { accountId, id: exportId } = begun;
  await requireThere(deps, accountId);
  const sealer = await deps.vault.findSealer(accountId);
  if (sealer === null) throw GONE;
  const content = createExportContentStore(deps.db);
  const zip = zipStream(await entriesOf(deps, begun, signal), deps.clock.now());
  let bytes = 0;
  let position = 0;
  for await (const piece of inPieces(zip, CHUNK_BYTES)) {
    signal.throwIfAborted();
    const context = chunkContext({ accountId, exportId, position });
    await content.insert({ exportId, position, sealedContent: sealer.seal(piece, context) });
    bytes += piece.length;
    position += 1;
  }
  return { bytes, chunks: position };
}

async function entriesOf(
  deps: ExportsDeps,
  begun: AccountExport,
  signal: AbortSignal,
): Promise<ZipEntry[]> {
  const { accountId } = begun;
  const subject: ExportSubject = { accountId, locale: begun.locale === 'ru' ? 'ru' : 'en' };
  const { sections, issuer, words } = deps;
  const head = { subject, issuer, exportedAt: deps.clock.now(), words };
  const done = async (): Promise<void> => {
    signal.throwIfAborted();
    await requireThere(deps, accountId);
    if (!(await createExportStore(deps.db).advance(begun.id, deps.clock.now()))) throw GONE;
  };
  return [
    { name: 'index.html', content: () => writeHtml(sections, head, done) },
    { name: 'data.json', content: () => writeJson(sections, head, done) },
    ...(await filesOf(sections, subject)),
  ];
}

async function filesOf(
  sections: readonly ExportSection[],
  subject: ExportSubject,
): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = [];
  for (const { name: folder, files } of sections) {
    if (files === undefined) continue;
    for await (const { name, read } of files(subject)) {
      entries.push({ name: `${folder}/${name}`, content: read });
    }
  }
  return entries;
}

async function requireThere({ accounts }: ExportsDeps, accountId: string): Promise<void> {
  const account = await accounts.find(accountId);
  if (account?.status !== 'active') throw GONE;
}

async function finish(
  deps: ExportsDeps,
  { id, accountId, locale }: AccountExport,
  size: Size,
): Promise<void> {
  const to = defaultEmail(
    (await deps.vault.listAttributes(accountId)).filter((value) => value.isVerified),
  );
  await deps.db.transaction(async (tx) => {
    const readyAt = deps.clock.now();
    const expiresAt = new Date(readyAt.getTime() + EXPORT_LIFE_SECONDS * 1000);
    const isFinished = await createExportStore(tx).finish({ id, ...size, readyAt, expiresAt });
    if (!isFinished) throw GONE;
    await deps.audit.record(tx, { kind: 'export.ready', accountId, details: { exportId: id } });
    if (to === undefined) return;
    await deps.mailer.enqueue(tx, { to, template: 'export-ready', locale, values: {} });
  });
}

async function fail(deps: ExportsDeps, { id, accountId }: AccountExport): Promise<void> {
  await deps.db.transaction(async (tx) => {
    if (!(await createExportStore(tx).fail(id, deps.clock.now()))) return;
    await deps.audit.record(tx, { kind: 'export.failed', accountId, details: { exportId: id } });
  });
}
