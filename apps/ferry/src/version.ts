declare const FERRY_VERSION: string | undefined;

/** The version of this build; the bundler writes it in. */
export const version: string = typeof FERRY_VERSION === 'string' ? FERRY_VERSION : '0.0.0-source';
