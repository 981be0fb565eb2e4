import { describeFaults } from '../interop/topology/faults-under-load.ts';

describe('Two nodes under mixed load', () => {
  describeFaults('long');
});
