import { Readable } from 'node:stream';

import { defaultEmail, timeZoneOf } from '../vault/index.ts';
import type { ExportsContext } from './context.ts';
import { chunkContext, EXPORT_LIFE_SECONDS, type AccountExport } from './export.ts';
import { createExportContentStore } from './export-content-store.ts';
import { writeJson } from './export-document.ts';
import { exportSchemaText } from './export-format.ts';
import type { ExportSection, ExportSubject } from './export-section.ts';
import { createExportStore } from './export-store.ts';
import { writeReadablePage } from './readable/readable-page.ts';
import { inPieces, zipStream, type ZipEntry } from './zip-stream.ts';

const CHUNK_BYTES = 256 * 1024;

/** The account, its key or the export no longer exists. */
const GONE = new Error('the account, its key or the export is gone');

/**
 * Makes a requested export, piece by piece; each piece is sealed with the person's own key before it is stored.
 * When the account is deleted meanwhile, the export is removed.
 * @throws every error, so that the job is repeated; after the last attempt the export has failed.
 */
export async function makeExport(
  ctx: ExportsContext,
  input: {
    readonly exportId: string;
    readonly signal: AbortSignal;
    readonly isLastAttempt: boolean;
  },
): Promise<void> {
  const { exportId, isLastAttempt } = input;
  const store = createExportStore(ctx.db);
  const begun = await store.begin(exportId, ctx.clock.now());
  if (begun === null) return;
  try {
    const size = await writeChunks(ctx, begun, input.signal);
    await finish(ctx, begun, size);
  } catch (error) {
    if (error === GONE) return store.remove(exportId);
    if (isLastAttempt) await fail(ctx, begun);
    throw error;
  }
}

interface Size {
  readonly bytes: number;
  readonly chunks: number;
}

async function writeChunks(
  ctx: ExportsContext,
  begun: AccountExport,
  signal: AbortSignal,
): Promise<Size> {
  const { accountId, id: exportId } = begun;
  await requireActive(ctx, accountId);
  const sealer = await ctx.vault.findSealer(accountId);
  if (sealer === null) throw GONE;
  const content = createExportContentStore(ctx.db);
  const zip = zipStream(await entriesOf(ctx, begun, signal), ctx.clock.now());
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
  ctx: ExportsContext,
  begun: AccountExport,
  signal: AbortSignal,
): Promise<ZipEntry[]> {
  const { accountId } = begun;
  const timeZone = timeZoneOf(await ctx.vault.listAttributes(accountId));
  const subject: ExportSubject = { accountId, locale: begun.locale, timeZone };
  const { sections, parts, issuer, words } = ctx;
  const input = { subject, issuer, exportedAt: ctx.clock.now() };
  const onStepDone = async (): Promise<void> => {
    signal.throwIfAborted();
    await requireActive(ctx, accountId);
    if (!(await createExportStore(ctx.db).advance(begun.id, ctx.clock.now()))) throw GONE;
  };
  return [
    {
      name: 'index.html',
      content: () => writeReadablePage({ ...input, parts, words, onPartDone: onStepDone }),
    },
    {
      name: 'data.json',
      content: () => writeJson({ ...input, sections, onSectionDone: onStepDone }),
    },
    { name: 'schema.json', content: () => Readable.from([exportSchemaText()]) },
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

async function requireActive({ accounts }: ExportsContext, accountId: string): Promise<void> {
  const account = await accounts.find(accountId);
  if (account?.status !== 'active') throw GONE;
}

async function finish(
  ctx: ExportsContext,
  { id, accountId, locale }: AccountExport,
  size: Size,
): Promise<void> {
  const to = defaultEmail(
    (await ctx.vault.listAttributes(accountId)).filter((value) => value.isVerified),
  );
  await ctx.db.transaction(async (tx) => {
    const readyAt = ctx.clock.now();
    const expiresAt = new Date(readyAt.getTime() + EXPORT_LIFE_SECONDS * 1000);
    const isFinished = await createExportStore(tx).finish({ id, ...size, readyAt, expiresAt });
    if (!isFinished) throw GONE;
    await ctx.audit.record(tx, { kind: 'export.ready', accountId, details: { exportId: id } });
    if (to === undefined) return;
    await ctx.mailer.enqueue(tx, { to, template: 'export-ready', locale, values: {} });
  });
}

async function fail(ctx: ExportsContext, { id, accountId }: AccountExport): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    if (!(await createExportStore(tx).fail(id, ctx.clock.now()))) return;
    await ctx.audit.record(tx, { kind: 'export.failed', accountId, details: { exportId: id } });
  });
}
