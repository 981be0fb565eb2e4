// `npm run docs`: docs/openapi.json.
import { openApiText } from '../src/cli/commands/openapi.ts';
import { keepDocument } from './keep-document.ts';

keepDocument('openapi.json', openApiText());
