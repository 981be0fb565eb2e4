import { EXPORT_FORMAT } from './export-format.ts';
import type { ExportSection, ExportSubject } from './export-section.ts';

/** The input of `data.json`. */
interface DocumentInput {
  readonly sections: readonly ExportSection[];
  readonly subject: ExportSubject;
  readonly issuer: string;
  readonly exportedAt: Date;
  /** Called after each section. @throws Error to end the export. */
  readonly onSectionDone: () => Promise<void>;
}

/** `data.json`, piece by piece; `export-format.ts` describes it. */
export async function* writeJson(input: DocumentInput): AsyncGenerator<string> {
  const { sections, subject, issuer, exportedAt, onSectionDone } = input;
  const head = JSON.stringify({ format: EXPORT_FORMAT, issuer, exportedAt });
  yield `${head.slice(0, -1)},"sections":{`;
  for (const [index, section] of sections.entries()) {
    yield `${index === 0 ? '' : ','}\n${JSON.stringify(section.name)}:[`;
    let separator = '';
    for await (const record of section.read(subject)) {
      yield `${separator}\n${JSON.stringify(record)}`;
      separator = ',';
    }
    yield ']';
    await onSectionDone();
  }
  yield '}}\n';
}
