/** What Nest injects where there is no class to name: configuration, logger and the clients of other services. */
export const CONFIGURATION = 'knowledge configuration'; // KnowledgeConfiguration
export const LOGGER = 'logger'; // Logger
export const INFERENCE = 'inference client'; // InferenceClient
export const CLUSTERING = 'clustering client'; // ClusteringClient
