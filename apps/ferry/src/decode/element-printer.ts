import { type ElementSink, scoreText, type StreamGroup, type StreamId, type StreamInfo } from '@cacheferry/rdb';
import type { LineWriter } from './line-writer.ts';

/** Prints the elements of one value as JSON in the order in which they come; call `end` after the last one. */
export class ElementPrinter implements ElementSink {
  readonly #out: LineWriter;
  readonly #hasTimes: boolean;
  #count = 0;
  #groups = 0;
  #hasCounters = false;
  #shape: 'one' | 'array' | 'stream' = 'array';

  constructor(out: LineWriter, hasTimes: boolean) {
    this.#out = out;
    this.#hasTimes = hasTimes;
  }

  text(value: Buffer): void {
    this.#shape = 'one';
    this.#out.base64(value);
  }

  item(item: Buffer): void {
    this.#next().base64(item);
  }

  scored(member: Buffer, score: number): void {
    this.#next()
      .text('[')
      .base64(member)
      .text(`,"${scoreText(score)}"]`);
  }

  field(field: Buffer, value: Buffer, expireAtMs: number): void {
    const out = this.#next().text('[').base64(field).text(',').base64(value);
    out.text(expireAtMs < 0 ? ',null]' : `,${expireAtMs}]`);
  }

  streamEntry(id: StreamId, fields: Buffer[]): void {
    this.#beginStream();
    const out = this.#out.text(this.#count++ === 0 ? `["${id}",[` : `,["${id}",[`);
    for (let i = 0; i < fields.length; i += 2) {
      out
        .text(i === 0 ? '[' : ',[')
        .base64(fields[i] as Buffer)
        .text(',')
        .base64(fields[i + 1] as Buffer)
        .text(']');
    }
    out.text(']]');
  }

  streamInfo(info: StreamInfo): void {
    this.#beginStream();
    this.#out.text(`],"last_id":"${info.lastId}"`);
    this.#hasCounters = info.entriesAdded !== null;
    if (this.#hasCounters) {
      this.#out.text(`,"entries_added":${info.entriesAdded},"max_deleted_id":"${info.maxDeletedId}"`);
    }
    this.#out.text(',"groups":[');
  }

  streamGroup(group: StreamGroup): void {
    const out = this.#out.text(this.#groups++ === 0 ? '{"name":' : ',{"name":').base64(group.name);
    out.text(`,"last_delivered":"${group.lastDeliveredId}"`);
    if (this.#hasCounters) out.text(`,"entries_read":${group.entriesRead}`);
    out.text(',"pending":[');
    group.pending.forEach((entry, i) => {
      out.text(`${comma(i)}["${entry.id}",`);
      if (entry.consumer) out.base64(entry.consumer);
      else out.text('null');
      out.text(`,${entry.deliveries}]`);
    });
    out.text('],"consumers":[');
    group.consumers.forEach(({ name }, i) => out.text(comma(i)).base64(name));
    out.text(']');
    if (this.#hasTimes) this.#times(group);
    out.text('}');
  }

  module(name: string, version: number): void {
    this.#shape = 'one';
    this.#out.text(`null,"module":"${name}","module_version":${version}`);
  }

  /** Closes the value; a collection without elements becomes an empty array. */
  end(): void {
    if (this.#shape === 'stream') this.#out.text(']}');
    else if (this.#shape === 'array') this.#out.text(this.#count === 0 ? '[]' : ']');
  }

  #times(group: StreamGroup): void {
    const out = this.#out.text(',"pending_times":[');
    group.pending.forEach((entry, i) => out.text(`${comma(i)}["${entry.id}",${entry.deliveredAtMs}]`));
    out.text('],"consumer_times":[');
    group.consumers.forEach((consumer, i) => {
      out
        .text(`${comma(i)}[`)
        .base64(consumer.name)
        .text(`,${consumer.seenAtMs},${consumer.activeAtMs}]`);
    });
    out.text(']');
  }

  #next(): LineWriter {
    return this.#out.text(this.#count++ === 0 ? '[' : ',');
  }

  #beginStream(): void {
    if (this.#shape === 'stream') return;
    this.#shape = 'stream';
    this.#out.text('{"entries":[');
  }
}

const comma = (index: number) => (index === 0 ? '' : ',');
