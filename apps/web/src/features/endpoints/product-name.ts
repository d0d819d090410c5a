/** A server as its makers write it, with its version as far as it is known. */
export function productName(product: string | null, version: string | null): string {
  const name = product === null ? '' : product.charAt(0).toUpperCase() + product.slice(1);
  return [name, version].filter(Boolean).join(' ');
}
