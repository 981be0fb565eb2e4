import { overload } from '../topology/overload.ts';

describe('The limit of concurrent requests', () => {
  it('is measured with 500 connections, to choose the default of MOST_REQUESTS_IN_FLIGHT', async () => {
    process.stdout.write(
      '| in flight | answered/s | p50 ms | p99 ms | longest ms | refused | failed otherwise |\n',
    );
    for (const mostInFlight of [20, 50, 100, 200, 300, 1000]) {
      const result = await overload({ connections: 500, seconds: 10, mostInFlight });
      const { throughput, p50, p99, longest } = result;
      const figures = [throughput, p50, p99, longest].map((figure) => figure.toFixed());
      process.stdout.write(
        `| ${[mostInFlight, ...figures, result.refused, result.wrong.length].join(' | ')} |\n`,
      );
    }
  });
});
