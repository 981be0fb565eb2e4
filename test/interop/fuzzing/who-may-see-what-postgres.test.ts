import { compareWithModel } from '../../model/compare-with-model.ts';

compareWithModel('Postgres alone');
