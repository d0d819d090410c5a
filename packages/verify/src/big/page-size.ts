const wantedBytes = 1_048_576;

/** How many elements to ask for at a time, so that a page is about a megabyte. */
export class PageSize {
  elements = 64;

  learn(elements: number, bytes: number): void {
    const average = Math.max(1, bytes / Math.max(1, elements));
    this.elements = Math.max(1, Math.min(4096, Math.floor(wantedBytes / average)));
  }
}
