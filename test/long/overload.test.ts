import { overload } from '../interop/topology/overload.ts';

describe('The limits of concurrent and of waiting requests', () => {
  it('are measured with 500 connections, to choose their defaults', async () => {
    process.stdout.write(
      '| in flight | waiting | answered/s | p50 ms | p99 ms | longest ms | refused | failed otherwise |\n',
    );
    for (const mostInFlight of [20, 50, 100, 200, 1000])
      for (const mostWaiting of [0, 1000]) {
        const limits = { mostInFlight, mostWaiting };
        const result = await overload({ connections: 500, seconds: 10, ...limits });
        const { throughput, p50, p99, longest } = result;
        const figures = [throughput, p50, p99, longest].map((figure) => figure.toFixed());
        process.stdout.write(
          `| ${[mostInFlight, mostWaiting, ...figures, result.refused, result.wrong.length].join(' | ')} |\n`,
        );
      }
  });
});
