import { readConfig, type Config } from './config.ts';
import { createRelyingParty } from './relying-party.ts';
import { createShop } from './server.ts';

let config: Config;
try {
  config = readConfig(process.env);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

const party = createRelyingParty(config, console.log);
const server = createShop(config, party);

server.on('error', (error) => {
  console.error(`Bookshop cannot listen on port ${String(config.port)}: ${error.message}`);
  process.exit(1);
});
server.listen(config.port, config.host, () => {
  console.log(`Bookshop is open on ${config.publicUrl}`);
});

function close(): void {
  party.close();
  server.close();
  server.closeAllConnections();
}
process.once('SIGINT', close);
process.once('SIGTERM', close);
