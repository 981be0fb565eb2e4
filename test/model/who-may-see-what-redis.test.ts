import { compareWithModel } from './compare-with-model.ts';

compareWithModel('Postgres and Redis');
