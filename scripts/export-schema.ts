// `npm run docs`: docs/export.schema.json.
import { exportSchemaText } from '../src/exports/index.ts';
import { keepDocument } from './keep-document.ts';

keepDocument('export.schema.json', exportSchemaText());
