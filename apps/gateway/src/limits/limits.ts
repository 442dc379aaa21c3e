/** What is refused before any work. */
export const limits = {
  /** Bytes of an HTTP body. An import of 500 rows is the largest thing that is sent. */
  bodyBytes: 4 * 1024 * 1024,
  /** Bytes of a message over WebSocket. */
  messageBytes: 1024 * 1024,
  /** Lexical tokens of a document. Data belongs into variables, which do not count. */
  tokens: 2000,
  /** Fields below fields. */
  depth: 10,
  /** Depth of introspection: what IDEs ask for, `ofType` inside `ofType`, is 15 deep. */
  introspectionDepth: 16,
  aliases: 15,
  /** Times that fields are selected again beside themselves: they are merged, but only after they were read. */
  repeatedFields: 20,
  /** Keys and tokens that one address may present in vain in a minute. */
  refusedKeysPerMinute: 120,
  /** Fields resolved, estimated; page sizes multiply. */
  complexity: { anonymous: 10_000, withKey: 100_000 },
} as const;
