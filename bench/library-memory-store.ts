import type { AdapterFactory } from 'oidc-provider';

/**
 * The memory adapter of the library with a store of the given size: the code that the library uses without an adapter.
 * Both are not exported, so they are loaded by their files.
 */
export async function libraryMemoryStore(maxSize: number): Promise<AdapterFactory> {
  const library = import.meta.resolve('oidc-provider');
  const { default: MemoryAdapter } = (await import(
    new URL('adapters/memory_adapter.js', library).href
  )) as { default: new (model: string, store: object) => ReturnType<AdapterFactory> };
  const { default: Lru } = (await import(new URL('helpers/lru.js', library).href)) as {
    default: new (options: { maxSize: number }) => object;
  };
  const store = new Lru({ maxSize });
  return (model) => new MemoryAdapter(model, store);
}
