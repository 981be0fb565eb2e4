/** exports: all data about a person in one file. */
export { createExports, type Exports } from './create-exports.ts';
export { chunkContext } from './export.ts';
export type { ExportSection } from './export-section.ts';
export { exportSchemaText } from './export-format.ts';
export { personalSections } from './export-sections.ts';
export { readableParts } from './readable/readable-parts.ts';
export { exportsJobs } from './exports-jobs.ts';
