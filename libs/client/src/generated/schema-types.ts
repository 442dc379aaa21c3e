// Generated from apps/gateway/schema.graphql by scripts/generate-client.mjs; do not edit.
import type { AnyOf, Field, ObjectOf } from '../selection.js';

/** How a suggestion becomes a topic. */
export interface AcceptSuggestionInput {
  /** What belongs to it. */
  readonly description?: string | null;
  /** Members that do not belong; they stay unlabelled. */
  readonly excludeQuestionIds?: readonly string[] | null;
  /** The topic above it; none if absent. */
  readonly parentTopicId?: string | null;
  /** Title of the topic; the proposed one if absent. */
  readonly title?: string | null;
}

/** What somebody may do in a space. Each role may do what those before it may. */
export type AccessRole =
  /** Topics, jobs, models, keys. */
  | 'ADMIN'
  /** Write, review and label. */
  | 'EDITOR'
  /** Read and ask. */
  | 'READER';

/** How far people agree where several labelled the same question. */
export interface Agreement extends ObjectOf<'Agreement', AgreementFields> {}
export interface AgreementFields {
  /** Labels of these questions. */
  readonly annotations: Field<number>;
  /** People who gave them. */
  readonly annotators: Field<number>;
  /** Questions about which people differ, the newest labels first. */
  readonly disputed: Field<readonly Question[]>;
  /** Krippendorff's alpha: 1 for perfect agreement, 0 for that of chance; absent if nothing was labelled twice. */
  readonly krippendorffAlpha: Field<number | null>;
  /** Pairs of people, those with most questions in common first. */
  readonly pairs: Field<readonly PairAgreement[]>;
  /** Questions that two people at least have labelled. */
  readonly questions: Field<number>;
}

/** What one person said of a question. */
export interface Annotation extends ObjectOf<'Annotation', AnnotationFields> {}
export interface AnnotationFields {
  /** Who said it. */
  readonly annotator: Field<string>;
  /** When it was said. */
  readonly createdAt: Field<string>;
  /** With TOPIC: which one. */
  readonly topic: Field<Topic | null>;
  /** What was said. */
  readonly verdict: Field<ReviewVerdict>;
}

/** Published content that answers a question. */
export interface Answer extends ObjectOf<'Answer', AnswerFields> {}
export interface AnswerFields {
  /** Markdown. */
  readonly body: Field<string>;
  /** The text as HTML that is safe to show: no scripts, no HTML of its own, no addresses but web and mail. */
  readonly bodyHtml: Field<string>;
  /** Who made this version; not told to callers without a key. */
  readonly changedBy: Field<string | null>;
  /** When it was written. */
  readonly createdAt: Field<string>;
  /** When it was deleted; absent if it is not. */
  readonly deletedAt: Field<string | null>;
  /** So many found it unhelpful that somebody should look at it; told to the team. */
  readonly flagged: Field<boolean>;
  /** Votes that found it helpful. */
  readonly helpful: Field<number>;
  /** Id of the answer. */
  readonly id: Field<string>;
  /** When it is going to be published; not told to callers without a key. */
  readonly publishAt: Field<string | null>;
  /** The question it answers; null if it may not be seen. */
  readonly question: Field<Question | null>;
  /** The share that found it helpful, with two imaginary votes on either side: 0.5 without votes. */
  readonly score: Field<number>;
  /** Where it is in its life. */
  readonly state: Field<ContentState>;
  /** Votes that did not. */
  readonly unhelpful: Field<number>;
  /** When it last changed. */
  readonly updatedAt: Field<string>;
  /** Grows by one with every change; give it back as expectedVersion. */
  readonly version: Field<number>;
}

/** A page of answers. */
export interface AnswerConnection extends ObjectOf<'AnswerConnection', AnswerConnectionFields> {}
export interface AnswerConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly AnswerEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly Answer[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of answers in a page, with its cursor. */
export interface AnswerEdge extends ObjectOf<'AnswerEdge', AnswerEdgeFields> {}
export interface AnswerEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<Answer>;
}

/** Outcome of a change to an answer. */
export interface AnswerPayload extends ObjectOf<'AnswerPayload', AnswerPayloadFields> {}
export interface AnswerPayloadFields {
  /** The answer after the change; absent if it was not made. */
  readonly answer: Field<Answer | null>;
  /** With CONFLICT: the answer as it is now. */
  readonly current: Field<Answer | null>;
  /** Why the change was not made; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** A key that programs sign in with, without its text. */
export interface ApiKey extends ObjectOf<'ApiKey', ApiKeyFields> {}
export interface ApiKeyFields {
  /** When it was made. */
  readonly createdAt: Field<string>;
  /** Who made it; absent for the first key. */
  readonly createdBy: Field<string | null>;
  /** Whether it is for every space of the installation. */
  readonly everySpace: Field<boolean>;
  /** When it stops working; absent: never. */
  readonly expiresAt: Field<string | null>;
  /** Id of the key. */
  readonly id: Field<string>;
  /** When it was last used, to the minute. */
  readonly lastUsedAt: Field<string | null>;
  /** What changes made with it are signed with. */
  readonly name: Field<string>;
  /** Its first characters, by which its owner knows it again. */
  readonly prefix: Field<string>;
  /** When it was revoked; absent if it was not. */
  readonly revokedAt: Field<string | null>;
  /** What it may do at most. */
  readonly role: Field<AccessRole>;
  /** What it is limited to; empty: all that its role may do. */
  readonly scopes: Field<readonly KeyScope[]>;
}

/** A page of keys. */
export interface ApiKeyConnection extends ObjectOf<'ApiKeyConnection', ApiKeyConnectionFields> {}
export interface ApiKeyConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly ApiKeyEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly ApiKey[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of keys in a page, with its cursor. */
export interface ApiKeyEdge extends ObjectOf<'ApiKeyEdge', ApiKeyEdgeFields> {}
export interface ApiKeyEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<ApiKey>;
}

/** Outcome of a change to a key. */
export interface ApiKeyPayload extends ObjectOf<'ApiKeyPayload', ApiKeyPayloadFields> {}
export interface ApiKeyPayloadFields {
  /** The key after the change; absent if it was not made. */
  readonly apiKey: Field<ApiKey | null>;
  /** Why the change was not made; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** What is known about a text. */
export interface AskResult extends ObjectOf<'AskResult', AskResultFields> {}
export interface AskResultFields {
  /** Best answers first. */
  readonly answers: Field<readonly AskedAnswer[]>;
  /** How it was told whether the text is known; absent if there is no head yet. */
  readonly because: Field<KnownVerdict | null>;
  /** Calibrated probability of the topic; 0 if there is no head yet. */
  readonly confidence: Field<number>;
  /** The head that said so. Needs the role admin. */
  readonly head: Field<Head | null>;
  /** The head that said so; absent if there is none yet. */
  readonly headId: Field<string | null>;
  /** Nearest published questions, answered or not. */
  readonly similar: Field<readonly SearchHit[]>;
  /** Most probable topic; absent if there is no head yet. */
  readonly topic: Field<Topic | null>;
  /** True if no topic fits. */
  readonly unknown: Field<boolean>;
}

/** An answer found for a text. */
export interface AskedAnswer extends ObjectOf<'AskedAnswer', AskedAnswerFields> {}
export interface AskedAnswerFields {
  /** The answer. */
  readonly answer: Field<Answer>;
  /** The same with matches between <mark> and </mark>; everything else is HTML-escaped. */
  readonly highlight: Field<string>;
  /** The paragraph of the answer that has most of the words and is nearest in meaning; Markdown, as it was written. */
  readonly passage: Field<string>;
  /** As in SearchHit.score; higher is better. */
  readonly score: Field<number>;
  /** Cosine of the answered question to the text; absent if found by words only. */
  readonly similarity: Field<number | null>;
}

/** What was done to rows. */
export type AuditAction =
  /** They were deleted. */
  | 'DELETE'
  /** They were made. */
  | 'INSERT'
  /** They were changed. */
  | 'UPDATE';

/** What was there before a change and after it. */
export interface AuditChange extends ObjectOf<'AuditChange', AuditChangeFields> {}
export interface AuditChangeFields {
  /** JSON of the fields that changed; absent for what was deleted. */
  readonly after: Field<string | null>;
  /** JSON of the fields that changed; absent for what was made. */
  readonly before: Field<string | null>;
  /** What was changed. */
  readonly id: Field<string>;
}

/** One change, written in the transaction that made it. Entries never change. */
export interface AuditEntry extends ObjectOf<'AuditEntry', AuditEntryFields> {}
export interface AuditEntryFields {
  /** What was done. */
  readonly action: Field<AuditAction>;
  /** Who: the name of a key, of somebody signed in, or "cairn" for its own work. */
  readonly actor: Field<string>;
  /** When. */
  readonly at: Field<string>;
  /** What was there before and after; empty for changes of many at once. */
  readonly changes: Field<readonly AuditChange[]>;
  /** To what kind of thing: "question", "topic", "api_key" ... */
  readonly entity: Field<string>;
  /** To which of them. */
  readonly entityIds: Field<readonly string[]>;
  /** Id of the entry. */
  readonly id: Field<string>;
  /** The call, or the kind of job, that made it. */
  readonly operation: Field<string | null>;
  /** Under which the logs of all services have it. */
  readonly requestId: Field<string | null>;
}

/** A page of changes. */
export interface AuditEntryConnection extends ObjectOf<'AuditEntryConnection', AuditEntryConnectionFields> {}
export interface AuditEntryConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly AuditEntryEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly AuditEntry[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of changes in a page, with its cursor. */
export interface AuditEntryEdge extends ObjectOf<'AuditEntryEdge', AuditEntryEdgeFields> {}
export interface AuditEntryEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<AuditEntry>;
}

/** Which changes; absent fields: any. */
export interface AuditFilter {
  /** By this actor. */
  readonly actor?: string | null;
  /** To this kind of thing. */
  readonly entity?: string | null;
  /** To this thing. */
  readonly entityId?: string | null;
  /** At this time or later. */
  readonly since?: string | null;
  /** Before this time. */
  readonly until?: string | null;
}

/** One number of clusters that was tried. */
export interface CandidateClusters extends ObjectOf<'CandidateClusters', CandidateClustersFields> {}
export interface CandidateClustersFields {
  /** How much tighter it is than in a cloud without clusters, as a difference of log inertias. */
  readonly gap: Field<number | null>;
  /** Sum of squared distances to the nearest centroid. */
  readonly inertia: Field<number>;
  /** Number of clusters. */
  readonly nClusters: Field<number>;
  /** Mean silhouette, -1 to 1. */
  readonly silhouette: Field<number>;
  /** Agreement of the clusterings of two halves of the questions, up to 1; of the best candidates only. */
  readonly stability: Field<number | null>;
}

/** How many clusters of a run were born, went on, and so on, since the run before. */
export interface ChangeCounts extends ObjectOf<'ChangeCounts', ChangeCountsFields> {}
export interface ChangeCountsFields {
  /** New ones. */
  readonly born: Field<number>;
  /** Those that were there before. */
  readonly continued: Field<number>;
  /** Clusters of the run before that are gone. */
  readonly died: Field<number>;
  /** Clusters of the run before that went into another one. */
  readonly merged: Field<number>;
  /** Those that came out of another one. */
  readonly split: Field<number>;
}

/** What became of a cluster between two runs over the same questions. */
export type ChangeKind =
  /** It is new. */
  | 'BORN'
  /** It was there before. */
  | 'CONTINUED'
  /** It is gone. */
  | 'DIED'
  /** It went into another cluster. */
  | 'MERGED'
  /** It came out of another cluster. */
  | 'SPLIT';

/** Outcome of claiming questions. */
export interface ClaimReviewPayload extends ObjectOf<'ClaimReviewPayload', ClaimReviewPayloadFields> {}
export interface ClaimReviewPayloadFields {
  /** What the caller holds now; absent if nothing was asked for. */
  readonly items: Field<readonly ReviewItem[] | null>;
  /** Why nothing was claimed; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** A class a text may belong to: a topic, or a class of a model with its own head. */
export interface ClassCandidate extends ObjectOf<'ClassCandidate', ClassCandidateFields> {}
export interface ClassCandidateFields {
  /** The class by the name the head has for it: a topic id, or a class of the model. */
  readonly label: Field<string>;
  /** Calibrated probability, 0 to 1; as it comes for classes of a model. */
  readonly probability: Field<number>;
  /** The topic; absent if it does not exist any more, and for classes of a model. */
  readonly topic: Field<Topic | null>;
  /** Id of the topic; absent for classes of a model. */
  readonly topicId: Field<string | null>;
}

/** What a classification job did. */
export interface ClassifyJobResult extends ObjectOf<'ClassifyJobResult', ClassifyJobResultFields> {}
export interface ClassifyJobResultFields {
  /** Questions classified. */
  readonly classified: Field<number>;
  /** Those of them that are unknown. */
  readonly unknown: Field<number>;
}

/** What a head says of texts. */
export interface ClassifyResult extends ObjectOf<'ClassifyResult', ClassifyResultFields> {}
export interface ClassifyResultFields {
  /** One per text, in order. */
  readonly classifications: Field<readonly TextClassification[]>;
  /** The head that answered. Needs the role admin. */
  readonly head: Field<Head | null>;
  /** The head that answered; absent if the model is a classifier with a head of its own. */
  readonly headId: Field<string | null>;
  /** Where the time went. */
  readonly timings: Field<EncodingTimings | null>;
}

/** A cluster as one run saw it. */
export interface Cluster extends ObjectOf<'Cluster', ClusterFields> {}
export interface ClusterFields {
  /** BORN, CONTINUED or SPLIT; absent in the first run. */
  readonly change: Field<ChangeKind | null>;
  /** Mean cosine of the members to the centroid. */
  readonly cohesion: Field<number>;
  /** Typical questions: the medoid first. */
  readonly exemplars: Field<readonly Question[]>;
  /** Its number in the run: 0 is the largest. */
  readonly index: Field<number>;
  /** By class-based TF-IDF, best first. */
  readonly keywords: Field<readonly string[]>;
  /** Known topics, nearest first. */
  readonly nearestTopics: Field<readonly NearTopic[]>;
  /** Distance to the nearest other centroid. */
  readonly separation: Field<number>;
  /** Mean silhouette of its members, -1 to 1. */
  readonly silhouette: Field<number>;
  /** Questions in it. */
  readonly size: Field<number>;
  /** The suggestion it is; absent: too small for one. */
  readonly suggestion: Field<Suggestion | null>;
  /** Title from the keywords. */
  readonly title: Field<string>;
  /** The known topic whose centroid it stands for. */
  readonly topic: Field<Topic | null>;
}

/** What became of a cluster since the run before. */
export interface ClusterChange extends ObjectOf<'ClusterChange', ClusterChangeFields> {}
export interface ClusterChangeFields {
  /** In this run; with MERGED, the one it went into. */
  readonly clusterIndex: Field<number | null>;
  /** 1 - cosine between the centroids then and now. */
  readonly drift: Field<number | null>;
  /** What. */
  readonly kind: Field<ChangeKind>;
  /** Jaccard index over the questions that both runs saw, 0 to 1. */
  readonly overlap: Field<number>;
  /** In the run before; with SPLIT, the one it came out of. */
  readonly previousIndex: Field<number | null>;
  /** Questions then. */
  readonly previousSize: Field<number>;
  /** Title then. */
  readonly previousTitle: Field<string | null>;
  /** Questions in both. */
  readonly shared: Field<number>;
  /** Questions now. */
  readonly size: Field<number>;
  /** The suggestion it is about. */
  readonly suggestion: Field<Suggestion | null>;
  /** Title now. */
  readonly title: Field<string | null>;
}

/** A page of changes of clusters. */
export interface ClusterChangeConnection extends ObjectOf<'ClusterChangeConnection', ClusterChangeConnectionFields> {}
export interface ClusterChangeConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly ClusterChangeEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly ClusterChange[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of changes of clusters in a page, with its cursor. */
export interface ClusterChangeEdge extends ObjectOf<'ClusterChangeEdge', ClusterChangeEdgeFields> {}
export interface ClusterChangeEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<ClusterChange>;
}

/** A page of clusters. */
export interface ClusterConnection extends ObjectOf<'ClusterConnection', ClusterConnectionFields> {}
export interface ClusterConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly ClusterEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly Cluster[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of clusters in a page, with its cursor. */
export interface ClusterEdge extends ObjectOf<'ClusterEdge', ClusterEdgeFields> {}
export interface ClusterEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<Cluster>;
}

/** Clusters of a run that belong together at the height of the cut. */
export interface ClusterGroup extends ObjectOf<'ClusterGroup', ClusterGroupFields> {}
export interface ClusterGroupFields {
  /** The clusters in it, largest first. */
  readonly clusterIndices: Field<readonly number[]>;
  /** Height of its last merge; 0 for a single cluster. */
  readonly height: Field<number>;
  /** Questions in it. */
  readonly size: Field<number>;
}

/** What a clustering job did. */
export interface ClusterJobResult extends ObjectOf<'ClusterJobResult', ClusterJobResultFields> {}
export interface ClusterJobResultFields {
  /** The clustering it made. */
  readonly clustering: Field<Clustering | null>;
  /** Suggestions made. */
  readonly suggestionCount: Field<number>;
}

/** What HIERARCHICAL takes for the distance of two clusters. */
export type ClusterLinkage =
  /** The mean distance of their questions. */
  | 'AVERAGE'
  /** The largest distance of their questions. */
  | 'COMPLETE'
  /** What joining them adds to the inertia: the default. */
  | 'WARD';

/** A question in a run. */
export interface ClusterMember extends ObjectOf<'ClusterMember', ClusterMemberFields> {}
export interface ClusterMemberFields {
  /** Its cluster; -1: none, it is noise. */
  readonly clusterIndex: Field<number>;
  /** Distance to the centroid. */
  readonly distance: Field<number>;
  /** The question. */
  readonly question: Field<Question | null>;
}

/** A page of questions of a run. */
export interface ClusterMemberConnection extends ObjectOf<'ClusterMemberConnection', ClusterMemberConnectionFields> {}
export interface ClusterMemberConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly ClusterMemberEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly ClusterMember[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of questions of a run in a page, with its cursor. */
export interface ClusterMemberEdge extends ObjectOf<'ClusterMemberEdge', ClusterMemberEdgeFields> {}
export interface ClusterMemberEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<ClusterMember>;
}

/** A merge of the dendrogram: merge i makes node n + i, where 0 to n - 1 are the clusters. */
export interface ClusterMerge extends ObjectOf<'ClusterMerge', ClusterMergeFields> {}
export interface ClusterMergeFields {
  /** A node. */
  readonly first: Field<number>;
  /** How far apart they are. */
  readonly height: Field<number>;
  /** Another node. */
  readonly second: Field<number>;
  /** Questions below the new node. */
  readonly size: Field<number>;
}

/** How k-means draws its first centroids. */
export type ClusterSeeding =
  /** k-means||: in a few passes, for hundreds of clusters. */
  | 'PARALLEL'
  /** k-means++: one after the other. */
  | 'PLUS_PLUS';

/** One run of a clustering algorithm over embeddings. */
export interface Clustering extends ObjectOf<'Clustering', ClusteringFields> {}
export interface ClusteringFields {
  /** What was tried when no number was given. */
  readonly candidates: Field<readonly CandidateClusters[]>;
  /** What changed since the run before; all 0 in the first run. */
  readonly changes: Field<ChangeCounts>;
  /** When it was made. */
  readonly createdAt: Field<string>;
  /** The encoder of the embeddings. */
  readonly encoderId: Field<string>;
  /** Id of the clustering. */
  readonly id: Field<string>;
  /** Sum of squared distances to the nearest centroid. */
  readonly inertia: Field<number>;
  /** Iterations of the best restart. */
  readonly iterations: Field<number>;
  /** The job that made it. */
  readonly job: Field<Job | null>;
  /** Most clusters that cannot be told from the number chosen. */
  readonly kHigh: Field<number | null>;
  /** Fewest clusters that cannot be told from the number chosen. */
  readonly kLow: Field<number | null>;
  /** Questions that went to the centroids of known topics. */
  readonly knownCount: Field<number>;
  /** How its map was drawn. */
  readonly mapMethod: Field<MapMethod>;
  /** Questions that have a place on the map. */
  readonly mapPoints: Field<number>;
  /** Number of clusters. */
  readonly nClusters: Field<number>;
  /** Questions in no cluster. */
  readonly noiseCount: Field<number>;
  /** How it was made. */
  readonly parameters: Field<ClusteringParameters>;
  /** The run before it, over the same questions. */
  readonly previous: Field<Clustering | null>;
  /** Questions clustered. */
  readonly questionCount: Field<number>;
  /** Mean silhouette, -1 to 1. */
  readonly silhouette: Field<number>;
  /** The suggestions it made or found again, largest first. */
  readonly suggestions: Field<
    SuggestionConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
      /** In one of these states; in any state if absent. */
      readonly states?: readonly SuggestionState[] | null;
    }
  >;
}

/** How clusters are found. */
export type ClusteringAlgorithm =
  /** k-means that halves the loosest cluster again and again. */
  | 'BISECTING'
  /** Dense regions of any size and shape; what lies between them is noise. */
  | 'HDBSCAN'
  /** Joins the nearest clusters, from single questions up. */
  | 'HIERARCHICAL'
  /** k-means on Euclidean distances. */
  | 'KMEANS'
  /** k-means on angles: the default. */
  | 'SPHERICAL';

/** Two runs side by side, over the questions that are in both. */
export interface ClusteringComparison extends ObjectOf<'ClusteringComparison', ClusteringComparisonFields> {}
export interface ClusteringComparisonFields {
  /** Adjusted Rand index: 1 if equal, 0 as by chance. */
  readonly ari: Field<number | null>;
  /** By size, those without a counterpart last; at most 1,000. */
  readonly matches: Field<readonly MatchedClusters[]>;
  /** Shared questions whose clusters do not correspond. */
  readonly moved: Field<number>;
  /** Normalised mutual information, 0 to 1. */
  readonly nmi: Field<number | null>;
  /** Questions in the one run only. */
  readonly onlyHere: Field<number>;
  /** Questions in the other run only. */
  readonly onlyThere: Field<number>;
  /** Questions in both. Noise counts as one group of each run. */
  readonly shared: Field<number>;
}

/** A page of clusterings. */
export interface ClusteringConnection extends ObjectOf<'ClusteringConnection', ClusteringConnectionFields> {}
export interface ClusteringConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly ClusteringEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly Clustering[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of clusterings in a page, with its cursor. */
export interface ClusteringEdge extends ObjectOf<'ClusteringEdge', ClusteringEdgeFields> {}
export interface ClusteringEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<Clustering>;
}

/** A part of the map of a run. Points come in a random order: any first part is a fair sample. */
export interface ClusteringMap extends ObjectOf<'ClusteringMap', ClusteringMapFields> {}
export interface ClusteringMapFields {
  /** Give it as `after` for the next part; absent: this is the last. */
  readonly nextAfter: Field<number | null>;
  /** The points. */
  readonly points: Field<readonly MapPoint[]>;
  /** Points of the whole map. */
  readonly totalCount: Field<number>;
}

/** How a clustering was made, defaults filled in. */
export interface ClusteringParameters extends ObjectOf<'ClusteringParameters', ClusteringParametersFields> {}
export interface ClusteringParametersFields {
  /** How clusters were found. */
  readonly algorithm: Field<ClusteringAlgorithm | null>;
  /** Asked before then. */
  readonly createdBefore: Field<string | null>;
  /** Asked from then on. */
  readonly createdFrom: Field<string | null>;
  /** Labelled questions guided: directions in which questions of one topic differ counted less. */
  readonly guided: Field<boolean | null>;
  /** HDBSCAN: smaller groups were noise. */
  readonly hdbscanMinClusterSize: Field<number | null>;
  /** HDBSCAN: questions within a core distance. */
  readonly hdbscanMinSamples: Field<number | null>;
  /** What known topics did. */
  readonly knownTopics: Field<KnownTopics | null>;
  /** No cluster was larger; of SPHERICAL and KMEANS. */
  readonly largestCluster: Field<number | null>;
  /** HIERARCHICAL: the distance of two clusters. */
  readonly linkage: Field<ClusterLinkage | null>;
  /** How the map was drawn. */
  readonly map: Field<MapMethod | null>;
  /** Largest number considered. */
  readonly maxClusters: Field<number | null>;
  /** Smaller clusters made no suggestion. */
  readonly minClusterSize: Field<number | null>;
  /** Smallest number considered. */
  readonly minClusters: Field<number | null>;
  /** Number of clusters asked for; absent: it was chosen. */
  readonly nClusters: Field<number | null>;
  /** Restarts from different seeds. */
  readonly nInit: Field<number | null>;
  /** Which questions. */
  readonly scope: Field<ClusteringScope>;
  /** Seed of all random choices. */
  readonly seed: Field<number | null>;
  /** How first centroids were drawn. */
  readonly seeding: Field<ClusterSeeding | null>;
  /** No cluster was smaller; of SPHERICAL and KMEANS. */
  readonly smallestCluster: Field<number | null>;
  /** That came with this import. */
  readonly source: Field<string | null>;
  /** Cosine instead of Euclidean distance. */
  readonly spherical: Field<boolean | null>;
  /** With all of these words. */
  readonly text: Field<string | null>;
  /** Of this topic. */
  readonly topicId: Field<string | null>;
}

/** Which questions are clustered. */
export type ClusteringScope =
  /** All of them. */
  | 'ALL'
  /** Those the head in use calls unknown and nobody has labelled. */
  | 'UNKNOWN'
  /** Those nobody has labelled. */
  | 'UNLABELLED';

/** The dendrogram over the clusters of a run, cut. */
export interface ClusteringTree extends ObjectOf<'ClusteringTree', ClusteringTreeFields> {}
export interface ClusteringTreeFields {
  /** The groups, largest first. */
  readonly groups: Field<readonly ClusterGroup[]>;
  /** Height of the highest merge below the cut. */
  readonly height: Field<number>;
  /** How the distance of two groups is measured. */
  readonly linkage: Field<string>;
  /** The whole dendrogram, by rising height. */
  readonly merges: Field<readonly ClusterMerge[]>;
}

/** A cell of the confusion matrix that is not 0. */
export interface ConfusionCell extends ObjectOf<'ConfusionCell', ConfusionCellFields> {}
export interface ConfusionCellFields {
  /** Questions. */
  readonly count: Field<number>;
  /** The topic that was said. */
  readonly said: Field<Topic | null>;
  /** The topic by the labels. */
  readonly topic: Field<Topic | null>;
}

/** What has versions. */
export type ContentKind =
  /** An answer. */
  | 'ANSWER'
  /** A question. */
  | 'QUESTION'
  /** A topic. */
  | 'TOPIC';

/** The life of questions and answers. */
export type ContentState =
  /** Out of use; only the team sees it. */
  | 'ARCHIVED'
  /** Being written; only the team sees it. */
  | 'DRAFT'
  /** A question somebody asked; only the team sees it. */
  | 'INCOMING'
  /** Everybody sees it. */
  | 'PUBLISHED'
  /** A draft that waits for somebody else to look at it; only the team sees it. */
  | 'REVIEW';

/** How something was, or is. A label by a model makes no version. */
export interface ContentVersion extends ObjectOf<'ContentVersion', ContentVersionFields> {}
export interface ContentVersionFields {
  /** When it was made. */
  readonly changedAt: Field<string>;
  /** Who made it. */
  readonly changedBy: Field<string | null>;
  /** Whether it is the one that holds. */
  readonly current: Field<boolean>;
  /** What it consists of; what is empty is left out. */
  readonly fields: Field<readonly VersionField[]>;
  /** Its number; it stands for all numbers since the version before it. */
  readonly version: Field<number>;
}

/** A page of versions. */
export interface ContentVersionConnection extends ObjectOf<
  'ContentVersionConnection',
  ContentVersionConnectionFields
> {}
export interface ContentVersionConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly ContentVersionEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly ContentVersion[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of versions in a page, with its cursor. */
export interface ContentVersionEdge extends ObjectOf<'ContentVersionEdge', ContentVersionEdgeFields> {}
export interface ContentVersionEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<ContentVersion>;
}

/** A new answer, a draft at first. */
export interface CreateAnswerInput {
  /** Markdown. */
  readonly body: string;
  /** The question it answers. */
  readonly questionId: string;
}

/** A new key. */
export interface CreateApiKeyInput {
  /** For every space of the installation; only admins of every space make such keys. */
  readonly everySpace?: boolean;
  /** When it stops working; absent: never. */
  readonly expiresAt?: string | null;
  /** What changes made with it are signed with. */
  readonly name: string;
  /** What it may do at most. */
  readonly role: AccessRole;
  /** What it is limited to; absent: all that its role may do. */
  readonly scopes?: readonly KeyScope[] | null;
}

/** Outcome of making a key. */
export interface CreateApiKeyPayload extends ObjectOf<'CreateApiKeyPayload', CreateApiKeyPayloadFields> {}
export interface CreateApiKeyPayloadFields {
  /** The key; absent if it was not made. */
  readonly apiKey: Field<ApiKey | null>;
  /** The text of the key. It is shown this once. */
  readonly secret: Field<string | null>;
  /** Why the key was not made; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** A new schedule. */
export interface CreateJobScheduleInput {
  /** When: minute, hour, day of month, month, day of week, as in "0 3 * * *". */
  readonly cron: string;
  /** Whether it runs from now on. */
  readonly enabled?: boolean;
  /** What it starts. */
  readonly job: ScheduledJobInput;
  /** Unique: lower case letters, digits and "-". */
  readonly name: string;
  /** Priority of its jobs. */
  readonly priority?: JobPriority;
  /** IANA name of the time zone that `cron` is read in. */
  readonly timeZone?: string;
}

/** A new question. */
export interface CreateQuestionInput {
  /** The language it is in, a BCP 47 tag; "en" if absent. */
  readonly language?: string | null;
  /** How it starts its life. */
  readonly state?: NewQuestionState;
  /** Free words. */
  readonly tags?: readonly string[] | null;
  /** What is asked. */
  readonly text: string;
  /** Label it with this topic at once. */
  readonly topicId?: string | null;
}

/** A new space. */
export interface CreateSpaceInput {
  /** Whether callers without a key may read what is published. */
  readonly anonymousReading?: boolean;
  /** Letters a-z, digits and single hyphens; it never changes. */
  readonly slug: string;
  /** Name for people. */
  readonly title: string;
}

/** A new topic. */
export interface CreateTopicInput {
  /** What belongs to it. */
  readonly description?: string | null;
  /** The topic it lies below; at the top of the tree if absent. */
  readonly parentId?: string | null;
  /** Unique short name; made from the title if absent. */
  readonly slug?: string | null;
  /** Name for people. */
  readonly title: string;
}

/** Outcome of many decisions. */
export interface DecideReviewPayload extends ObjectOf<'DecideReviewPayload', DecideReviewPayloadFields> {}
export interface DecideReviewPayloadFields {
  /** One per decision, in order. */
  readonly results: Field<readonly ReviewDecisionResult[] | null>;
  /** Why none was looked at; empty if they were. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** A decision on a suggestion. It can be undone until something builds on it. */
export interface Decision extends ObjectOf<'Decision', DecisionFields> {}
export interface DecisionFields {
  /** When. */
  readonly decidedAt: Field<string>;
  /** Name of the key that decided. */
  readonly decidedBy: Field<string>;
  /** Id of the decision. */
  readonly id: Field<string>;
  /** What was decided. */
  readonly kind: Field<DecisionKind>;
  /** Questions that it labelled. */
  readonly labelled: Field<number>;
  /** The suggestion merged into, or the parts. */
  readonly otherSuggestions: Field<readonly Suggestion[]>;
  /** Why, if it was said. */
  readonly reason: Field<string | null>;
  /** What it was decided on. */
  readonly suggestion: Field<Suggestion | null>;
  /** Title after: of the topic, or of the suggestion. */
  readonly titleAfter: Field<string>;
  /** Title of the suggestion before. */
  readonly titleBefore: Field<string>;
  /** The topic that was made or merged into, if it is there. */
  readonly topic: Field<Topic | null>;
  /** When it was undone. */
  readonly undoneAt: Field<string | null>;
  /** Name of the key that undid it; absent: it holds. */
  readonly undoneBy: Field<string | null>;
}

/** A page of decisions. */
export interface DecisionConnection extends ObjectOf<'DecisionConnection', DecisionConnectionFields> {}
export interface DecisionConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly DecisionEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly Decision[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of decisions in a page, with its cursor. */
export interface DecisionEdge extends ObjectOf<'DecisionEdge', DecisionEdgeFields> {}
export interface DecisionEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<Decision>;
}

/** What a person decided on a suggestion. */
export type DecisionKind =
  /** It became a topic. */
  | 'ACCEPT'
  /** Its questions went to a topic or to another suggestion. */
  | 'MERGE'
  /** It is no topic. */
  | 'REJECT'
  /** It has another title. */
  | 'RENAME'
  /** Its parts are offered instead of it. */
  | 'SPLIT';

/** Outcome of undoing a decision. */
export interface DecisionPayload extends ObjectOf<'DecisionPayload', DecisionPayloadFields> {}
export interface DecisionPayloadFields {
  /** The decision, undone; absent if that was not possible. */
  readonly decision: Field<Decision | null>;
  /** Why it was not undone; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** Outcome of deleting a schedule. */
export interface DeleteJobSchedulePayload extends ObjectOf<
  'DeleteJobSchedulePayload',
  DeleteJobSchedulePayloadFields
> {}
export interface DeleteJobSchedulePayloadFields {
  /** What was deleted, as it was given; absent if nothing was. */
  readonly deletedId: Field<string | null>;
  /** Why it was not deleted; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** What became of a part of a text. */
export type DiffKind =
  /** In the later version only. */
  | 'ADDED'
  /** In the earlier version only. */
  | 'REMOVED'
  /** In both versions. */
  | 'SAME';

/** A part of a text that is compared. */
export interface DiffPart extends ObjectOf<'DiffPart', DiffPartFields> {}
export interface DiffPartFields {
  /** What became of it. */
  readonly kind: Field<DiffKind>;
  /** Its characters. */
  readonly text: Field<string>;
}

/** What becomes of new rows that are nearly the same as a question that is there, or as an earlier row. */
export type DuplicateRule =
  /** They are stored; nobody looks. */
  | 'KEEP'
  /** They are stored, and their results say what they are like. */
  | 'REPORT'
  /** They are not stored. */
  | 'SKIP';

/** What an embedding job did. */
export interface EmbedJobResult extends ObjectOf<'EmbedJobResult', EmbedJobResultFields> {}
export interface EmbedJobResultFields {
  /** Questions embedded. */
  readonly embedded: Field<number>;
  /** Questions and passages that could not be embedded. */
  readonly failed: Field<number>;
  /** Passages of answers embedded. */
  readonly passages: Field<number>;
  /** Tokens read. */
  readonly tokens: Field<number>;
}

/** Embeddings of texts. */
export interface EmbedResult extends ObjectOf<'EmbedResult', EmbedResultFields> {}
export interface EmbedResultFields {
  /** One per text, in order. */
  readonly embeddings: Field<readonly Embedding[]>;
  /** Texts that were not encoded. */
  readonly errors: Field<readonly TextError[]>;
  /** All embeddings as one: base64 of a row-major matrix of little-endian float32, `[texts, provenance.dimension]`. Rows of texts that were not encoded are zero; `errors` lists them. The cheapest way to many embeddings. */
  readonly packed: Field<string>;
  /** Where all of them come from. */
  readonly provenance: Field<Provenance | null>;
  /** Where the time went. */
  readonly timings: Field<EncodingTimings | null>;
}

/** The embedding of one text. */
export interface Embedding extends ObjectOf<'Embedding', EmbeddingFields> {}
export interface EmbeddingFields {
  /** Its components as base64 of little-endian float32: a fifth of the size of `values`. */
  readonly base64: Field<string | null>;
  /** Why there is no embedding; absent if there is one. */
  readonly error: Field<TextError | null>;
  /** Tokens the text has, special ones included, before any cut. */
  readonly tokens: Field<number>;
  /** Whether tokens were cut off. */
  readonly truncated: Field<boolean>;
  /** Its components; absent if the text was not encoded. */
  readonly values: Field<readonly number[] | null>;
}

/** Where the time of a request went, in milliseconds. */
export interface EncodingTimings extends ObjectOf<'EncodingTimings', EncodingTimingsFields> {}
export interface EncodingTimingsFields {
  /** In the model. */
  readonly inferenceMs: Field<number>;
  /** Waiting for the model. */
  readonly queueMs: Field<number>;
  /** Texts to tokens. */
  readonly tokenizationMs: Field<number>;
}

/** What an evaluation job did. */
export interface EvaluateJobResult extends ObjectOf<'EvaluateJobResult', EvaluateJobResultFields> {}
export interface EvaluateJobResultFields {
  /** The evaluation it made. */
  readonly evaluation: Field<Evaluation | null>;
}

/** How one head does in an evaluation. */
export interface EvaluatedHead extends ObjectOf<'EvaluatedHead', EvaluatedHeadFields> {}
export interface EvaluatedHeadFields {
  /** Share of questions whose most probable topic is right. */
  readonly accuracy: Field<number>;
  /** Share that is right and not called unknown: what users are answered. */
  readonly answered: Field<number>;
  /** Expected calibration error, 15 bins. */
  readonly ece: Field<number>;
  /** The head. */
  readonly head: Field<Head | null>;
  /** The head. */
  readonly headId: Field<string>;
  /** Share of the same questions that are not called unknown. */
  readonly kept: Field<number>;
  /** Area under the ROC curve with topics left out in turn as the unknown, as its own training measured it. */
  readonly leftOutAuroc: Field<number>;
  /** Share of known texts kept then. */
  readonly leftOutKnownRecall: Field<number>;
  /** Share of left-out texts called unknown then. */
  readonly leftOutUnknownRecall: Field<number>;
  /** Mean F1 over the topics. */
  readonly macroF1: Field<number>;
  /** How well scores tell them from the others: area under the ROC curve; absent without any. */
  readonly unknownAuroc: Field<number | null>;
  /** Its unknown detector: the quantity it compares. */
  readonly unknownMethod: Field<string>;
  /** Share of questions of topics no head knows that are called unknown; absent without any. */
  readonly unknownRecall: Field<number | null>;
}

/** One topic in an evaluation. */
export interface EvaluatedTopic extends ObjectOf<'EvaluatedTopic', EvaluatedTopicFields> {}
export interface EvaluatedTopicFields {
  /** Questions of the topic. */
  readonly examples: Field<number>;
  /** Harmonic mean of precision and recall. */
  readonly f1: Field<number>;
  /** F1 of the head it is compared with; absent without one. */
  readonly f1Against: Field<number | null>;
  /** Share of its assignments that are right. */
  readonly precision: Field<number>;
  /** Share of its questions that were found. */
  readonly recall: Field<number>;
  /** The topic it is most often taken for; absent if none. */
  readonly takenFor: Field<Topic | null>;
  /** How often it is taken for `takenFor`. */
  readonly takenForCount: Field<number>;
  /** The topic; absent if it does not exist any more. */
  readonly topic: Field<Topic | null>;
}

/** A head measured on labels it has not learned from, beside another head on the same labels. A head is fitted on all labels before it serves; what is compared are verdicts of the same training on labels that were held out, and verdicts on labels that came later. */
export interface Evaluation extends ObjectOf<'Evaluation', EvaluationFields> {}
export interface EvaluationFields {
  /** Those of them that were right before. */
  readonly broken: Field<number>;
  /** Questions that the two say different things of. */
  readonly changed: Field<number>;
  /** Confusion matrix of the head. */
  readonly confusion: Field<readonly ConfusionCell[]>;
  /** When it was made. */
  readonly createdAt: Field<string>;
  /** Questions of topics that a head knows. */
  readonly examples: Field<number>;
  /** Figures of the head. */
  readonly figures: Field<EvaluatedHead>;
  /** Figures of the head it is compared with, if there is one. */
  readonly figuresAgainst: Field<EvaluatedHead | null>;
  /** Those of them that are right now. */
  readonly fixed: Field<number>;
  /** Id of the evaluation. */
  readonly id: Field<string>;
  /** The job that made it: its own, or the training. */
  readonly job: Field<Job | null>;
  /** Labels left out, mostly because one of the two has learned from them. */
  readonly leftOut: Field<number>;
  /** McNemar's test, exact: the probability of accuracies so far apart if the heads were equally good. Absent without a second head. */
  readonly pValue: Field<number | null>;
  /** Questions of topics that no head knows: right is unknown. */
  readonly strangers: Field<number>;
  /** Topics that have questions here, or were said. */
  readonly topics: Field<readonly EvaluatedTopic[]>;
}

/** A question that two heads say different things of. */
export interface EvaluationChange extends ObjectOf<'EvaluationChange', EvaluationChangeFields> {}
export interface EvaluationChangeFields {
  /** What became of the answer. */
  readonly change: Field<EvaluationChangeKind>;
  /** Probability of the most probable topic by the head. */
  readonly confidence: Field<number>;
  /** The same by the head it is compared with. */
  readonly confidenceAgainst: Field<number>;
  /** The question; absent if it was archived meanwhile. */
  readonly question: Field<Question | null>;
  /** What the head says; absent for unknown. */
  readonly said: Field<Topic | null>;
  /** What the other head says; absent for unknown. */
  readonly saidAgainst: Field<Topic | null>;
  /** The text that was judged. */
  readonly text: Field<string>;
  /** The topic by its label; absent if no head knows it. */
  readonly topic: Field<Topic | null>;
}

/** A page of changed questions. */
export interface EvaluationChangeConnection extends ObjectOf<
  'EvaluationChangeConnection',
  EvaluationChangeConnectionFields
> {}
export interface EvaluationChangeConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly EvaluationChangeEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly EvaluationChange[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of changed questions in a page, with its cursor. */
export interface EvaluationChangeEdge extends ObjectOf<'EvaluationChangeEdge', EvaluationChangeEdgeFields> {}
export interface EvaluationChangeEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<EvaluationChange>;
}

/** What became of an answer. */
export type EvaluationChangeKind =
  /** It was right before. */
  | 'BROKEN'
  /** It is right now. */
  | 'FIXED'
  /** It was wrong and is wrong in another way. */
  | 'OTHERWISE_WRONG';

/** A page of evaluations. */
export interface EvaluationConnection extends ObjectOf<'EvaluationConnection', EvaluationConnectionFields> {}
export interface EvaluationConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly EvaluationEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly Evaluation[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of evaluations in a page, with its cursor. */
export interface EvaluationEdge extends ObjectOf<'EvaluationEdge', EvaluationEdgeFields> {}
export interface EvaluationEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<Evaluation>;
}

/** How many hits have a value. */
export interface FacetValue extends ObjectOf<'FacetValue', FacetValueFields> {}
export interface FacetValueFields {
  /** Hits that have it. */
  readonly count: Field<number>;
  /** A tag, a state, a language. */
  readonly value: Field<string>;
}

/** What is different in one field. */
export interface FieldDiff extends ObjectOf<'FieldDiff', FieldDiffFields> {}
export interface FieldDiffFields {
  /** The field. */
  readonly name: Field<string>;
  /** In order. Without the removed parts they make the later value, without the added ones the earlier. */
  readonly parts: Field<readonly DiffPart[]>;
}

/** What a fine-tuning job did. */
export interface FineTuneJobResult extends ObjectOf<'FineTuneJobResult', FineTuneJobResultFields> {}
export interface FineTuneJobResultFields {
  /** Share of held-out labels that the new head has right; absent without topics. */
  readonly accuracy: Field<number | null>;
  /** The same of the head that was in use: on the same labels if there is an evaluation, else on its own held-out ones. Absent if there was none. */
  readonly accuracyInUse: Field<number | null>;
  /** Id of the new encoder in the model store. */
  readonly encoderId: Field<string>;
  /** Its revision: a hash over its files. */
  readonly encoderRevision: Field<string>;
  /** How its head does beside the one in use; absent without held-out labels. */
  readonly evaluation: Field<Evaluation | null>;
  /** The head of the new encoder; absent without topics. */
  readonly head: Field<Head | null>;
  /** What is odd about the examples: contradictory labels, topics with one example. */
  readonly notes: Field<readonly string[]>;
  /** Whether the new encoder and its head were put in use. */
  readonly promoted: Field<boolean>;
  /** Why they were, or were not. */
  readonly reason: Field<string>;
  /** Seconds of training, all runs of the job together. */
  readonly seconds: Field<number>;
  /** Steps taken. */
  readonly steps: Field<number>;
}

/** A classifier over embeddings: one trained version. */
export interface Head extends ObjectOf<'Head', HeadFields> {}
export interface HeadFields {
  /** Share right on the held-out labels. */
  readonly accuracy: Field<number>;
  /** When it was trained. */
  readonly createdAt: Field<string>;
  /** SHA-256 over the texts and topics of its examples; absent for heads from before it was kept. */
  readonly dataHash: Field<string | null>;
  /** Expected calibration error after temperature scaling. */
  readonly eceAfter: Field<number>;
  /** Expected calibration error before temperature scaling. */
  readonly eceBefore: Field<number>;
  /** The encoder whose embeddings it takes. */
  readonly encoderId: Field<string>;
  /** SHA-256 over the files of that encoder. */
  readonly encoderRevision: Field<string>;
  /** Labels held out for the figures. */
  readonly heldOutExamples: Field<number>;
  /** Id of the head: a hash of what it is. */
  readonly id: Field<string>;
  /** The job that trained it. */
  readonly job: Field<Job | null>;
  /** Mean F1 over the topics. */
  readonly macroF1: Field<number>;
  /** How it was trained. */
  readonly parameters: Field<HeadParameters>;
  /** The head it was to replace. */
  readonly parent: Field<Head | null>;
  /** When it was last put in use; absent if never. */
  readonly promotedAt: Field<string | null>;
  /** Seed of everything random in its training. */
  readonly seed: Field<number>;
  /** Whether it classifies. */
  readonly state: Field<HeadState>;
  /** Figures by topic. */
  readonly topicFigures: Field<readonly HeadTopicFigures[]>;
  /** Labels it was trained on. */
  readonly trainExamples: Field<number>;
  /** How it tells unknown texts. */
  readonly unknownDetector: Field<UnknownDetector>;
}

/** A page of heads. */
export interface HeadConnection extends ObjectOf<'HeadConnection', HeadConnectionFields> {}
export interface HeadConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly HeadEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly Head[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of heads in a page, with its cursor. */
export interface HeadEdge extends ObjectOf<'HeadEdge', HeadEdgeFields> {}
export interface HeadEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<Head>;
}

/** How a head was trained. */
export interface HeadParameters extends ObjectOf<'HeadParameters', HeadParametersFields> {}
export interface HeadParametersFields {
  /** Whether each topic was weighed by the inverse of its frequency. */
  readonly classWeights: Field<boolean>;
  /** Share of the labels held out. */
  readonly heldOut: Field<number>;
  /** L2 penalty on the weights, as used. */
  readonly l2: Field<number>;
  /** Iterations of L-BFGS, at most. */
  readonly maxIterations: Field<number>;
}

/** Outcome of a promotion. */
export interface HeadPayload extends ObjectOf<'HeadPayload', HeadPayloadFields> {}
export interface HeadPayloadFields {
  /** The head after the change; absent if it was not made. */
  readonly head: Field<Head | null>;
  /** Why the change was not made; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** Whether a head classifies. */
export type HeadState =
  /** Trained, never in use. */
  | 'CANDIDATE'
  /** The one that classifies. */
  | 'IN_USE'
  /** Was in use; may be promoted again. */
  | 'RETIRED';

/** Figures of one topic on the held-out labels. */
export interface HeadTopicFigures extends ObjectOf<'HeadTopicFigures', HeadTopicFiguresFields> {}
export interface HeadTopicFiguresFields {
  /** Harmonic mean of precision and recall. */
  readonly f1: Field<number>;
  /** Labels held out. */
  readonly heldOutExamples: Field<number>;
  /** Share of its assignments that are right. */
  readonly precision: Field<number>;
  /** Share of its questions that were found. */
  readonly recall: Field<number>;
  /** The topic; absent if it does not exist any more. */
  readonly topic: Field<Topic | null>;
  /** Labels it was trained on. */
  readonly trainExamples: Field<number>;
}

/** What a row is nearly the same as. */
export interface ImportDuplicate extends ObjectOf<'ImportDuplicate', ImportDuplicateFields> {}
export interface ImportDuplicateFields {
  /** The question; absent if it is an earlier row. */
  readonly questionId: Field<string | null>;
  /** Share of trigrams in common, 0 to 1. */
  readonly similarity: Field<number>;
  /** Its text, or the beginning of it. */
  readonly text: Field<string>;
}

/** What became of a row. */
export type ImportOutcome =
  /** A new question. */
  | 'CREATED'
  /** Not taken; `message` says why. */
  | 'FAILED'
  /** Not taken: `duplicate` is nearly the same. */
  | 'SKIPPED'
  /** It was there as it is. */
  | 'UNCHANGED'
  /** A question that was there has changed. */
  | 'UPDATED';

/** Questions from one source. The same rows again change nothing. */
export interface ImportQuestionsInput {
  /** Check only, change nothing. */
  readonly dryRun?: boolean;
  /** What becomes of new rows that are nearly the same as a question that is there. */
  readonly duplicates?: DuplicateRule;
  /** Up to 500 rows. */
  readonly rows: readonly ImportRowInput[];
  /** Name of the source; rows are unique by source and external id. */
  readonly source: string;
  /** Titles and descriptions for topics the rows name. */
  readonly topics?: readonly ImportTopicInput[] | null;
}

/** Outcome of an import. */
export interface ImportQuestionsPayload extends ObjectOf<'ImportQuestionsPayload', ImportQuestionsPayloadFields> {}
export interface ImportQuestionsPayloadFields {
  /** One per row, in order; absent if none was looked at. */
  readonly results: Field<readonly ImportRowResult[] | null>;
  /** Why the import as a whole was refused; empty if it was not. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** One line of an export file. */
export interface ImportRecordInput {
  /** The line: a JSON object. */
  readonly json: string;
  /** Its number, repeated in the result. */
  readonly line: number;
}

/** Records of an export, in its order: each refers to earlier ones only. */
export interface ImportRecordsInput {
  /** Look at each record by itself and change nothing. */
  readonly dryRun?: boolean;
  /** Up to 500 records. */
  readonly records: readonly ImportRecordInput[];
}

/** Outcome of an import of records. */
export interface ImportRecordsPayload extends ObjectOf<'ImportRecordsPayload', ImportRecordsPayloadFields> {}
export interface ImportRecordsPayloadFields {
  /** One per record, in order; absent if none was looked at. */
  readonly results: Field<readonly ImportRowResult[] | null>;
  /** Why the import as a whole was refused; empty if it was not. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** One question to import. */
export interface ImportRowInput {
  /** Its answer, Markdown. */
  readonly answer?: string | null;
  /** Id in the source; a hash of the text if absent. */
  readonly externalId?: string | null;
  /** BCP 47 tag; that of the question, or "en", if absent. */
  readonly language?: string | null;
  /** Line (or file) number in the source, repeated in the result. */
  readonly line: number;
  /** Where it starts: PUBLISHED with an answer and INCOMING without, if absent. */
  readonly state?: ContentState | null;
  /** Free words. */
  readonly tags?: readonly string[] | null;
  /** What is asked. */
  readonly text: string;
  /** Slug of its topic; created if it does not exist. */
  readonly topic?: string | null;
}

/** What became of one row. */
export interface ImportRowResult extends ObjectOf<'ImportRowResult', ImportRowResultFields> {}
export interface ImportRowResultFields {
  /** If it failed: the code of the fault, as in UserErrorCode. */
  readonly code: Field<string | null>;
  /** What it is nearly the same as; absent if nothing is, if it was there before, or if nobody looked. */
  readonly duplicate: Field<ImportDuplicate | null>;
  /** If it failed: the field of the row that is wrong. */
  readonly field: Field<string | null>;
  /** The line given with the row. */
  readonly line: Field<number>;
  /** If it failed: what is wrong and what to do. */
  readonly message: Field<string | null>;
  /** What became of it. */
  readonly outcome: Field<ImportOutcome>;
  /** The question; absent if it failed or this is a dry run. */
  readonly questionId: Field<string | null>;
}

/** Title and description of a topic that rows name. */
export interface ImportTopicInput {
  /** What belongs to it. */
  readonly description?: string | null;
  /** Slug, as the rows have it. */
  readonly slug: string;
  /** Name for people. */
  readonly title: string;
}

/** Long work, run by a worker. */
export interface Job extends ObjectOf<'Job', JobFields> {}
export interface JobFields {
  /** 1 for the first run. */
  readonly attempt: Field<number>;
  /** Whether somebody has asked it to stop. */
  readonly cancelRequested: Field<boolean>;
  /** When it was asked for. */
  readonly createdAt: Field<string>;
  /** Name of the key that started it. */
  readonly createdBy: Field<string | null>;
  /** When it became a dead letter: all attempts used up, or a fault of ours. `redriveJobs` runs it again. Absent if it is none. */
  readonly deadAt: Field<string | null>;
  /** Steps of the current stage that are done. */
  readonly done: Field<number>;
  /** Why it failed. */
  readonly error: Field<JobError | null>;
  /** Seconds to go at that rate; absent while unknown. */
  readonly etaSeconds: Field<number | null>;
  /** When it ended. */
  readonly finishedAt: Field<string | null>;
  /** Id of the job. */
  readonly id: Field<string>;
  /** What it does. */
  readonly kind: Field<JobKind>;
  /** What it has written down about itself, the oldest line first. Needs the role admin. */
  readonly log: Field<
    JobLogLineConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** A waiting job that has failed before is not tried again sooner; absent if it is due. */
  readonly notBefore: Field<string | null>;
  /** How soon it is taken up among the waiting ones of its kind. */
  readonly priority: Field<JobPriority>;
  /** Steps a second over the current stage; absent while unknown. */
  readonly rate: Field<number | null>;
  /** What it did; absent until it has succeeded. */
  readonly result: Field<JobResult | null>;
  /** The schedule that started it; absent if a person did. */
  readonly scheduleId: Field<string | null>;
  /** What it is doing now, a word or two. */
  readonly stage: Field<string | null>;
  /** When a worker took it up. */
  readonly startedAt: Field<string | null>;
  /** How far it is. */
  readonly state: Field<JobState>;
  /** Steps of the current stage; absent while unknown. */
  readonly total: Field<number | null>;
}

/** A page of jobs. */
export interface JobConnection extends ObjectOf<'JobConnection', JobConnectionFields> {}
export interface JobConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly JobEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly Job[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of jobs in a page, with its cursor. */
export interface JobEdge extends ObjectOf<'JobEdge', JobEdgeFields> {}
export interface JobEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<Job>;
}

/** Why a job failed. */
export interface JobError extends ObjectOf<'JobError', JobErrorFields> {}
export interface JobErrorFields {
  /** A code, for example INVALID_INPUT. */
  readonly code: Field<string>;
  /** What was wrong and what to do. */
  readonly message: Field<string>;
}

/** What a job does. */
export type JobKind =
  /** Asks the head in use about questions. */
  | 'CLASSIFY'
  /** Clusters questions and makes suggestions. */
  | 'CLUSTER'
  /** Makes embeddings for questions, and passages of answers, that have none of the encoder in use. */
  | 'EMBED'
  /** Compares a head with another on labels that neither has learned from. */
  | 'EVALUATE'
  /** Trains the encoder itself, on the labels or on bare texts. */
  | 'FINE_TUNE'
  /** Trains a head on the labels. */
  | 'TRAIN';

/** How much a line of a job log matters. */
export type JobLogLevel =
  /** The job has failed. */
  | 'ERROR'
  /** As it should be. */
  | 'INFO'
  /** Something was left out or is tried again. */
  | 'WARN';

/** Something a job has written down about itself. */
export interface JobLogLine extends ObjectOf<'JobLogLine', JobLogLineFields> {}
export interface JobLogLineFields {
  /** When. */
  readonly at: Field<string>;
  /** Which run of the job; 1 is the first. */
  readonly attempt: Field<number>;
  /** Its place in the log: lines of a job are ordered by it, as a number. */
  readonly id: Field<string>;
  /** How much it matters. */
  readonly level: Field<JobLogLevel>;
  /** What happened. */
  readonly message: Field<string>;
}

/** A page of log lines. */
export interface JobLogLineConnection extends ObjectOf<'JobLogLineConnection', JobLogLineConnectionFields> {}
export interface JobLogLineConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly JobLogLineEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly JobLogLine[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of log lines in a page, with its cursor. */
export interface JobLogLineEdge extends ObjectOf<'JobLogLineEdge', JobLogLineEdgeFields> {}
export interface JobLogLineEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<JobLogLine>;
}

/** Outcome of starting, cancelling or retrying a job. */
export interface JobPayload extends ObjectOf<'JobPayload', JobPayloadFields> {}
export interface JobPayloadFields {
  /** The job after the change; absent if it was not made. */
  readonly job: Field<Job | null>;
  /** Why the change was not made; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** Which of the waiting jobs of one kind is taken up first. */
export type JobPriority =
  /** Before all others. */
  | 'HIGH'
  /** After all others. */
  | 'LOW'
  /** The oldest first. */
  | 'NORMAL';

/** What a job did, by its kind. */
export interface JobResult extends AnyOf<
  ClassifyJobResult | ClusterJobResult | EmbedJobResult | EvaluateJobResult | FineTuneJobResult | TrainJobResult,
  unknown
> {}

/** A job that starts by the clock. If its last run has not ended when it is due, that time is left out; of times missed while nothing ran, one is made up for. */
export interface JobSchedule extends ObjectOf<'JobSchedule', JobScheduleFields> {}
export interface JobScheduleFields {
  /** Name of the key that made it. */
  readonly createdBy: Field<string>;
  /** When: minute, hour, day of month, month, day of week. */
  readonly cron: Field<string>;
  /** Whether it runs. */
  readonly enabled: Field<boolean>;
  /** Id of the schedule. */
  readonly id: Field<string>;
  /** What it starts. */
  readonly kind: Field<JobKind>;
  /** The job it started last; absent before the first. */
  readonly lastJob: Field<Job | null>;
  /** When it started its last job; absent before. */
  readonly lastRunAt: Field<string | null>;
  /** Its unique name. */
  readonly name: Field<string>;
  /** Its next time; absent while it is off. */
  readonly nextRunAt: Field<string | null>;
  /** Priority of its jobs. */
  readonly priority: Field<JobPriority>;
  /** IANA name of the time zone that `cron` is read in. */
  readonly timeZone: Field<string>;
  /** Grows by one with every change; give it back as expectedVersion. */
  readonly version: Field<number>;
}

/** A page of schedules. */
export interface JobScheduleConnection extends ObjectOf<'JobScheduleConnection', JobScheduleConnectionFields> {}
export interface JobScheduleConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly JobScheduleEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly JobSchedule[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of schedules in a page, with its cursor. */
export interface JobScheduleEdge extends ObjectOf<'JobScheduleEdge', JobScheduleEdgeFields> {}
export interface JobScheduleEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<JobSchedule>;
}

/** Outcome of a change to a schedule. */
export interface JobSchedulePayload extends ObjectOf<'JobSchedulePayload', JobSchedulePayloadFields> {}
export interface JobSchedulePayloadFields {
  /** The schedule after the change; absent if it was not made. */
  readonly schedule: Field<JobSchedule | null>;
  /** Why the change was not made; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** How far a job is. */
export type JobState =
  /** Ended by somebody. It can be retried. */
  | 'CANCELLED'
  /** Ended; `error` says why. It can be retried. */
  | 'FAILED'
  /** Waits for a worker. */
  | 'QUEUED'
  /** A worker is at it. */
  | 'RUNNING'
  /** Ended; `result` is there. */
  | 'SUCCEEDED';

/** What a key may be limited to, below what its role may do. */
export type KeyScope =
  /** Keys, spaces and the audit log. */
  | 'ACCESS'
  /** Ask and search. */
  | 'ASK'
  /** Embed and classify texts. */
  | 'ENCODE'
  /** What else the role admin may do and see: topics, jobs, suggestions, heads, models. */
  | 'MANAGE'
  /** Read content and follow what is watched. */
  | 'READ'
  /** Change content. */
  | 'WRITE';

/** What the topics that are known do in a clustering. */
export type KnownTopics =
  /** Their centroids stand fixed beside the new clusters and take what belongs to them. */
  | 'FROZEN'
  /** Nothing. */
  | 'IGNORE'
  /** Clusters start from their centroids. */
  | 'WARM';

/** How it was told whether a text is known: `score` was compared with `threshold`. */
export interface KnownVerdict extends ObjectOf<'KnownVerdict', KnownVerdictFields> {}
export interface KnownVerdictFields {
  /** The quantity that was compared: probability, energy, centroid, radius, neighbour or combined. */
  readonly detector: Field<string>;
  /** The topic the text is nearest to. */
  readonly nearest: Field<NearestClass | null>;
  /** Its value for the text; higher is more known. */
  readonly score: Field<number>;
  /** Texts whose score is below are unknown. */
  readonly threshold: Field<number>;
}

/** The fact that a question belongs to a topic. */
export interface Label extends ObjectOf<'Label', LabelFields> {}
export interface LabelFields {
  /** The key's name, the import's source, or the head's id; not told to callers without a key. */
  readonly actor: Field<string | null>;
  /** When it was said; not told to callers without a key. */
  readonly createdAt: Field<string | null>;
  /** Who said so; not told to callers without a key. */
  readonly saidBy: Field<SaidBy | null>;
  /** The topic. */
  readonly topic: Field<Topic | null>;
}

/** How several hidden layers become one, token by token. */
export type LayerCombination =
  /** One after the other, in the order given. */
  | 'CONCAT'
  /** Their mean. */
  | 'MEAN';

/** How questions get a place in the plane. */
export type MapMethod =
  /** There is no map. */
  | 'NONE'
  /** The two directions of largest variance. */
  | 'PCA'
  /** Neighbours stay neighbours. */
  | 'UMAP';

/** The place of a question on the map of a run. */
export interface MapPoint extends ObjectOf<'MapPoint', MapPointFields> {}
export interface MapPointFields {
  /** Its cluster; -1: noise. */
  readonly clusterIndex: Field<number>;
  /** Id of the question. */
  readonly questionId: Field<string>;
  /** To the right. */
  readonly x: Field<number>;
  /** Up. */
  readonly y: Field<number>;
}

/** Clusters of two runs that correspond, or one that has no counterpart. */
export interface MatchedClusters extends ObjectOf<'MatchedClusters', MatchedClustersFields> {}
export interface MatchedClustersFields {
  /** 1 - cosine between the centroids. */
  readonly drift: Field<number | null>;
  /** In the one run. */
  readonly index: Field<number | null>;
  /** In the other run. */
  readonly otherIndex: Field<number | null>;
  /** Questions in the other run. */
  readonly otherSize: Field<number>;
  /** Title in the other run. */
  readonly otherTitle: Field<string | null>;
  /** Jaccard index over the questions that both runs saw, 0 to 1. */
  readonly overlap: Field<number>;
  /** Questions in both. */
  readonly shared: Field<number>;
  /** Questions in the one run. */
  readonly size: Field<number>;
  /** Title in the one run. */
  readonly title: Field<string | null>;
}

/** Where the questions of a suggestion go: to a topic or to another suggestion. */
export interface MergeSuggestionInput {
  /** Members that do not belong; they stay unlabelled. */
  readonly excludeQuestionIds?: readonly string[] | null;
  /** Another pending suggestion. */
  readonly suggestionId?: string | null;
  /** A topic that is there. */
  readonly topicId?: string | null;
}

/** A model in the model store: an encoder, or a classifier with a head of its own. */
export interface Model extends ObjectOf<'Model', ModelFields> {}
export interface ModelFields {
  /** Other names it answers to. */
  readonly aliases: Field<readonly string[]>;
  /** Classes of a classifier, in the order of its logits; empty for encoders. */
  readonly classes: Field<readonly string[]>;
  /** Where it runs: cpu, cuda or webgpu. Absent until it is loaded. */
  readonly device: Field<string | null>;
  /** Why it runs there: what was asked for, what was tried and what came of it. */
  readonly deviceReason: Field<string | null>;
  /** Hidden size: components of an embedding. */
  readonly dimension: Field<number>;
  /** Why it could not be loaded. */
  readonly error: Field<string | null>;
  /** Size of the ONNX file in bytes. */
  readonly fileBytes: Field<number>;
  /** Largest difference from its golden vectors when it was loaded; absent if it has none. */
  readonly goldenDifference: Field<number | null>;
  /** What was done to the graph when it was loaded, for example which parts were fused. */
  readonly graph: Field<string | null>;
  /** Id of the model. */
  readonly id: Field<string>;
  /** Whether it is used when none is named. */
  readonly isDefault: Field<boolean>;
  /** Number of hidden layers. */
  readonly layers: Field<number>;
  /** Tokens a text may have, special ones included. */
  readonly maxTokens: Field<number>;
  /** Bytes of memory booked for it: weights of all sessions and the largest batch. Absent until loaded. */
  readonly memoryBytes: Field<number | null>;
  /** How the weights are stored: float32, float16 or int8. */
  readonly precision: Field<string | null>;
  /** How the logits of a classifier become probabilities; absent for encoders. */
  readonly problemType: Field<ProblemType | null>;
  /** What its embeddings say of where they come from, with default options. Absent for classifiers. */
  readonly provenance: Field<Provenance | null>;
  /** SHA-256 over its files. */
  readonly revision: Field<string>;
  /** Sessions side by side; absent until it is loaded. */
  readonly sessions: Field<number | null>;
  /** How the numbers of sessions and threads were chosen. */
  readonly sessionsReason: Field<string | null>;
  /** Whether it can be used. */
  readonly state: Field<ModelState>;
  /** What it is for. */
  readonly task: Field<ModelTask>;
  /** Threads of each session; absent until it is loaded. */
  readonly threads: Field<number | null>;
}

/** Outcome of setting or removing an alias. */
export interface ModelAliasPayload extends ObjectOf<'ModelAliasPayload', ModelAliasPayloadFields> {}
export interface ModelAliasPayloadFields {
  /** The model the alias stands for now; absent if the alias was removed or the change was not made. */
  readonly model: Field<Model | null>;
  /** Why the change was not made; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** Outcome of loading or unloading a model. */
export interface ModelPayload extends ObjectOf<'ModelPayload', ModelPayloadFields> {}
export interface ModelPayloadFields {
  /** The model after the change; absent if it was not made. */
  readonly model: Field<Model | null>;
  /** Why the change was not made; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** Whether a model can be used. */
export type ModelState =
  /** In the model store, not loaded. */
  | 'AVAILABLE'
  /** Could not be loaded; `error` says why. */
  | 'FAILED'
  /** Being loaded. */
  | 'LOADING'
  /** Loaded and checked. */
  | 'READY';

/** What a model is for. */
export type ModelTask =
  /** A sequence classifier with a head of its own. */
  | 'CLASSIFICATION'
  /** An encoder: embeds texts, and classifies them with heads trained here. */
  | 'EMBEDDING';

/** A question that two runs put into clusters that do not correspond. */
export interface MovedQuestion extends ObjectOf<'MovedQuestion', MovedQuestionFields> {}
export interface MovedQuestionFields {
  /** Its cluster in the one run; -1: noise. */
  readonly clusterIndex: Field<number>;
  /** Its cluster in the other run; -1: noise. */
  readonly otherIndex: Field<number>;
  /** The question. */
  readonly question: Field<Question | null>;
}

/** A page of questions that moved. */
export interface MovedQuestionConnection extends ObjectOf<'MovedQuestionConnection', MovedQuestionConnectionFields> {}
export interface MovedQuestionConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly MovedQuestionEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly MovedQuestion[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of questions that moved in a page, with its cursor. */
export interface MovedQuestionEdge extends ObjectOf<'MovedQuestionEdge', MovedQuestionEdgeFields> {}
export interface MovedQuestionEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<MovedQuestion>;
}

/** What can be changed, each by callers with the role it names. */
export interface Mutation extends ObjectOf<'Mutation', MutationFields> {}
export interface MutationFields {
  /** Makes a topic of a suggestion and labels its questions. Needs the role admin. */
  readonly acceptSuggestion: Field<
    SuggestionPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** Made by the caller; retrying with the same key returns the first outcome. */
      readonly idempotencyKey?: string | null;
      /** Title, description and exceptions. */
      readonly input?: AcceptSuggestionInput | null;
    }
  >;
  /** Takes an answer out of use. Needs the role editor. */
  readonly archiveAnswer: Field<
    AnswerPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Takes a question out of use. Needs the role editor. */
  readonly archiveQuestion: Field<
    QuestionPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Takes a topic out of use; its questions keep their labels. Needs the role admin. */
  readonly archiveTopic: Field<
    TopicPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Stops a job: at once if it waits, at its next step if it runs. Needs the role admin. */
  readonly cancelJob: Field<
    JobPayload | null,
    {
      /** The job. */
      readonly id: string;
    }
  >;
  /** Gives the caller the most valuable questions that nobody holds, for a while. Needs the role editor. */
  readonly claimReview: Field<
    ClaimReviewPayload | null,
    {
      /** Questions to return, 1 to 100. */
      readonly first?: number;
      /** How long they are held, 30 to 3,600 seconds. */
      readonly leaseSeconds?: number;
      /** People that are to label each question; it waits until so many have. */
      readonly overlap?: number;
    }
  >;
  /** Adds an answer to a question. Needs the role editor. */
  readonly createAnswer: Field<
    AnswerPayload | null,
    {
      /** Made by the caller; retrying with the same key returns the first outcome. */
      readonly idempotencyKey?: string | null;
      /** The answer. */
      readonly input: CreateAnswerInput;
    }
  >;
  /** Makes a key for the space. Needs the role admin. */
  readonly createApiKey: Field<
    CreateApiKeyPayload | null,
    {
      /** The key. */
      readonly input: CreateApiKeyInput;
    }
  >;
  /** Lets a job start by the clock. Needs the role admin. */
  readonly createJobSchedule: Field<
    JobSchedulePayload | null,
    {
      /** What, and when. */
      readonly input: CreateJobScheduleInput;
    }
  >;
  /** Adds a question. Needs the role editor. */
  readonly createQuestion: Field<
    QuestionPayload | null,
    {
      /** Made by the caller; retrying with the same key returns the first outcome. */
      readonly idempotencyKey?: string | null;
      /** The question. */
      readonly input: CreateQuestionInput;
    }
  >;
  /** Adds a space. For admins of every space. Needs the role admin. */
  readonly createSpace: Field<
    SpacePayload | null,
    {
      /** The space. */
      readonly input: CreateSpaceInput;
    }
  >;
  /** Adds a topic. Needs the role admin. */
  readonly createTopic: Field<
    TopicPayload | null,
    {
      /** The topic. */
      readonly input: CreateTopicInput;
    }
  >;
  /** Decides about up to 200 questions. Each decision is made or refused by itself. Needs the role editor. */
  readonly decideReview: Field<
    DecideReviewPayload | null,
    {
      /** The decisions. */
      readonly decisions: readonly ReviewDecisionInput[];
    }
  >;
  /** Deletes an answer: nobody sees it until it is taken back. Its versions stay. Needs the role editor. */
  readonly deleteAnswer: Field<
    AnswerPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Deletes a schedule; its jobs stay. Needs the role admin. */
  readonly deleteJobSchedule: Field<
    DeleteJobSchedulePayload | null,
    {
      /** Its id or its name. */
      readonly id: string;
    }
  >;
  /** Deletes a question: nobody sees it until it is taken back. Its versions stay. Needs the role editor. */
  readonly deleteQuestion: Field<
    QuestionPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Creates or updates up to 500 questions by their ids in the source. The same again changes nothing. Needs the role editor. */
  readonly importQuestions: Field<
    ImportQuestionsPayload | null,
    {
      /** Source and rows. Send it as a variable. */
      readonly input: ImportQuestionsInput;
    }
  >;
  /** Creates or updates up to 500 things as an export describes them, with their ids, dates and versions. The same again changes nothing. Needs the role admin. */
  readonly importRecords: Field<
    ImportRecordsPayload | null,
    {
      /** The records. Send them as a variable. */
      readonly input: ImportRecordsInput;
    }
  >;
  /** Says which topic a question belongs to, or takes that back. Needs the role editor. */
  readonly labelQuestion: Field<
    QuestionPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** The topic; null takes the label back. */
      readonly topicId?: string | null;
    }
  >;
  /** Loads a model and checks its golden vectors. If its files have changed since it was loaded, the new content takes its place once it is ready; no request fails. Needs the role admin. */
  readonly loadModel: Field<
    ModelPayload | null,
    {
      /** SHA-256 the content must have (`Model.revision`); checked before anything is loaded. */
      readonly contentHash?: string | null;
      /** Where it shall run: cpu, cuda, webgpu or auto; as configured if absent. */
      readonly device?: string | null;
      /** Commit on the hub; required for hub ids. */
      readonly revision?: string | null;
      /** An id in the model store, a directory in the Hugging Face layout, or a hub id ("owner/name"). */
      readonly source: string;
    }
  >;
  /** Gives the questions of a suggestion to a topic that is there already, or to another suggestion. Needs the role admin. */
  readonly mergeSuggestion: Field<
    SuggestionPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** Made by the caller; retrying with the same key returns the first outcome. */
      readonly idempotencyKey?: string | null;
      /** Where they go, and exceptions. */
      readonly input: MergeSuggestionInput;
    }
  >;
  /** Gives the questions and the children of a topic to another one and archives it; its address leads on. Needs the role admin. */
  readonly mergeTopics: Field<
    TopicOperationPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** The topic that stays. */
      readonly intoId: string;
    }
  >;
  /** Puts a topic, with all below it, below another one or at the top of the tree. Needs the role admin. */
  readonly moveTopic: Field<
    TopicOperationPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** The other topic; null: at the top. */
      readonly parentId?: string | null;
    }
  >;
  /** Puts a head in use. An older one: a rollback. Needs the role admin. */
  readonly promoteHead: Field<
    HeadPayload | null,
    {
      /** The head. */
      readonly id: string;
    }
  >;
  /** Shows an answer to everybody. Needs the role editor. */
  readonly publishAnswer: Field<
    AnswerPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Shows a question to everybody. Needs the role editor. */
  readonly publishQuestion: Field<
    QuestionPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Removes a deleted answer for ever. Needs the role admin. */
  readonly purgeAnswer: Field<
    PurgePayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Removes for ever what was deleted before a date, up to 1,000 things at once. Needs the role admin. */
  readonly purgeDeleted: Field<
    PurgeDeletedPayload | null,
    {
      /** The date. */
      readonly before: string;
    }
  >;
  /** Removes a deleted question for ever, with all it had. Needs the role admin. */
  readonly purgeQuestion: Field<
    PurgePayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Asks, and keeps the text as an incoming question. Needs the role editor. */
  readonly recordQuestion: Field<
    RecordQuestionPayload | null,
    {
      /** Answers to return, 1 to 20. */
      readonly first?: number;
      /** The question, as people type it. */
      readonly text: string;
    }
  >;
  /** Runs dead letters again, the oldest first. Needs the role admin. */
  readonly redriveJobs: Field<
    RedriveJobsPayload | null,
    {
      /** At most that many, 1 to 1,000. */
      readonly first?: number;
      /** Only of this kind; all if absent. */
      readonly kind?: JobKind | null;
    }
  >;
  /** Says that a suggestion is no topic. Needs the role admin. */
  readonly rejectSuggestion: Field<
    SuggestionPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** Made by the caller; retrying with the same key returns the first outcome. */
      readonly idempotencyKey?: string | null;
      /** Why. */
      readonly reason?: string | null;
    }
  >;
  /** Gives questions back, so that others can look at them; all that the caller holds if none is named. Needs the role editor. */
  readonly releaseReviewClaims: Field<
    ReviewClaimsPayload | null,
    {
      /** The questions. */
      readonly questionIds?: readonly string[] | null;
    }
  >;
  /** Gives a pending suggestion a title that new runs leave. Needs the role admin. */
  readonly renameSuggestion: Field<
    SuggestionPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** Made by the caller; retrying with the same key returns the first outcome. */
      readonly idempotencyKey?: string | null;
      /** The title. */
      readonly title: string;
    }
  >;
  /** Holds questions for longer. Needs the role editor. */
  readonly renewReviewClaims: Field<
    ReviewClaimsPayload | null,
    {
      /** How long they are held, 30 to 3,600 seconds. */
      readonly leaseSeconds?: number;
      /** The questions. */
      readonly questionIds: readonly string[];
    }
  >;
  /** Gives an answer the text of an earlier version, as a new one. Needs the role editor. */
  readonly restoreAnswerVersion: Field<
    AnswerPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** The version whose text is to hold again. */
      readonly version: number;
    }
  >;
  /** Gives a question the text, tags and language of an earlier version, as a new one. Needs the role editor. */
  readonly restoreQuestionVersion: Field<
    QuestionPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** The version whose text is to hold again. */
      readonly version: number;
    }
  >;
  /** Takes an archived topic into use again. Needs the role admin. */
  readonly restoreTopic: Field<
    TopicPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Gives a topic the title and description of an earlier version, as a new one. Needs the role admin. */
  readonly restoreTopicVersion: Field<
    TopicPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** The version whose text is to hold again. */
      readonly version: number;
    }
  >;
  /** Runs a failed or cancelled job again. Needs the role admin. */
  readonly retryJob: Field<
    JobPayload | null,
    {
      /** The job. */
      readonly id: string;
    }
  >;
  /** Revokes a key: it is refused from now on, within 30 seconds where it was used just before. Needs the role admin. */
  readonly revokeApiKey: Field<
    ApiKeyPayload | null,
    {
      /** The key. */
      readonly id: string;
    }
  >;
  /** Puts the head in use that was so before the present one; called again, the one before that. Needs the role admin. */
  readonly rollbackHead: Field<HeadPayload | null>;
  /** Starts a schedule's job now; its next time stays where it is. Needs the role admin. */
  readonly runJobSchedule: Field<
    JobPayload | null,
    {
      /** Its id or its name. */
      readonly id: string;
    }
  >;
  /** Publishes an answer at a date, or not any more. Needs the role editor. */
  readonly scheduleAnswer: Field<
    AnswerPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** When, at a time to come; null: not any more. */
      readonly publishAt?: string | null;
    }
  >;
  /** Publishes a question at a date, or not any more. Needs the role editor. */
  readonly scheduleQuestion: Field<
    QuestionPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** When, at a time to come; null: not any more. */
      readonly publishAt?: string | null;
    }
  >;
  /** Gives a loaded model another name, moves the name to another model, or removes it. Needs the role admin. */
  readonly setModelAlias: Field<
    ModelAliasPayload | null,
    {
      /** A name for requests. Moving it to another model is atomic: requests in work end on the old one. */
      readonly alias: string;
      /** Id of a loaded model; null removes the alias. */
      readonly model?: string | null;
    }
  >;
  /** Changes the promotion rule. Needs the role admin. */
  readonly setPromotionRule: Field<
    PromotionRulePayload | null,
    {
      /** What changes. */
      readonly input: PromotionRuleInput;
    }
  >;
  /** Clusters the questions of a suggestion and offers the parts instead of it. Needs the role admin. */
  readonly splitSuggestion: Field<
    SplitPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** Made by the caller; retrying with the same key returns the first outcome. */
      readonly idempotencyKey?: string | null;
      /** Number of parts, 2 to 50. */
      readonly parts: number;
    }
  >;
  /** Makes new topics of a topic and labels some of its questions with them. Needs the role admin. */
  readonly splitTopic: Field<
    TopicOperationPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** Which topics. */
      readonly input: SplitTopicInput;
    }
  >;
  /** Starts a job that asks the head in use about questions. Needs the role admin. */
  readonly startClassification: Field<
    JobPayload | null,
    {
      /** Made by the caller; retrying with the same key returns the first outcome. */
      readonly idempotencyKey?: string | null;
      /** Which questions; those not classified yet if absent. */
      readonly input?: StartClassificationInput | null;
      /** How soon it is taken up among the waiting ones of its kind. */
      readonly priority?: JobPriority;
    }
  >;
  /** Starts a job that clusters questions. Needs the role admin. */
  readonly startClustering: Field<
    JobPayload | null,
    {
      /** Made by the caller; retrying with the same key returns the first outcome. */
      readonly idempotencyKey?: string | null;
      /** How. */
      readonly input?: StartClusteringInput | null;
      /** How soon it is taken up among the waiting ones of its kind. */
      readonly priority?: JobPriority;
    }
  >;
  /** Starts a job that makes embeddings for questions, and passages of answers, that have none of the encoder in use. Needs the role admin. */
  readonly startEmbedding: Field<
    JobPayload | null,
    {
      /** Made by the caller; retrying with the same key returns the first outcome. */
      readonly idempotencyKey?: string | null;
      /** How soon it is taken up among the waiting ones of its kind. */
      readonly priority?: JobPriority;
    }
  >;
  /** Starts a job that compares a head with another on labels that neither has learned from. Needs the role admin. */
  readonly startEvaluation: Field<
    JobPayload | null,
    {
      /** Made by the caller; retrying with the same key returns the first outcome. */
      readonly idempotencyKey?: string | null;
      /** Which heads. */
      readonly input?: StartEvaluationInput | null;
      /** How soon it is taken up among the waiting ones of its kind. */
      readonly priority?: JobPriority;
    }
  >;
  /** Starts a job that trains the encoder itself: fine-tuning on the labels, or pre-training on all texts. Needs the role admin. */
  readonly startFineTuning: Field<
    JobPayload | null,
    {
      /** Made by the caller; retrying with the same key returns the first outcome. */
      readonly idempotencyKey?: string | null;
      /** How. */
      readonly input?: StartFineTuningInput | null;
      /** How soon it is taken up among the waiting ones of its kind. */
      readonly priority?: JobPriority;
    }
  >;
  /** Starts a job that trains a head on the labels. Needs the role admin. */
  readonly startTraining: Field<
    JobPayload | null,
    {
      /** Made by the caller; retrying with the same key returns the first outcome. */
      readonly idempotencyKey?: string | null;
      /** How. */
      readonly input?: StartTrainingInput | null;
      /** How soon it is taken up among the waiting ones of its kind. */
      readonly priority?: JobPriority;
    }
  >;
  /** Asks somebody else to look at an answer. Needs the role editor. */
  readonly submitAnswer: Field<
    AnswerPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Asks somebody else to look at a question. Needs the role editor. */
  readonly submitQuestion: Field<
    QuestionPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Takes a deleted answer back, as it was. Needs the role editor. */
  readonly undeleteAnswer: Field<
    AnswerPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Takes a deleted question back, as it was. Needs the role editor. */
  readonly undeleteQuestion: Field<
    QuestionPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Takes a decision back: labels, topics and suggestions are as they were. Refused with CONFLICT if something later builds on it. Needs the role admin. */
  readonly undoDecision: Field<
    DecisionPayload | null,
    {
      /** The decision. */
      readonly id?: string | null;
      /** Or: the last one on this suggestion. */
      readonly suggestionId?: string | null;
    }
  >;
  /** Puts back what was done with topics, but for labels that somebody has changed since. Needs the role admin. */
  readonly undoTopicOperation: Field<
    TopicOperationPayload | null,
    {
      /** The operation. */
      readonly id: string;
    }
  >;
  /** Frees the memory of a model once the requests in work are done. The default encoder stays. Needs the role admin. */
  readonly unloadModel: Field<
    ModelPayload | null,
    {
      /** The model. */
      readonly id: string;
    }
  >;
  /** Changes the text of an answer. Needs the role editor. */
  readonly updateAnswer: Field<
    AnswerPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** What changes. */
      readonly input: UpdateAnswerInput;
    }
  >;
  /** Changes when a schedule runs, or whether. Needs the role admin. */
  readonly updateJobSchedule: Field<
    JobSchedulePayload | null,
    {
      /** Its version when it was read. */
      readonly expectedVersion: number;
      /** Its id or its name. */
      readonly id: string;
      /** What changes. */
      readonly input: UpdateJobScheduleInput;
    }
  >;
  /** Changes the text or the tags of a question. Needs the role editor. */
  readonly updateQuestion: Field<
    QuestionPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** What changes. */
      readonly input: UpdateQuestionInput;
    }
  >;
  /** Changes a space. Needs the role admin. */
  readonly updateSpace: Field<
    SpacePayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** What changes. */
      readonly input: UpdateSpaceInput;
    }
  >;
  /** Changes the title or the description of a topic. Needs the role admin. */
  readonly updateTopic: Field<
    TopicPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
      /** What changes. */
      readonly input: UpdateTopicInput;
    }
  >;
  /** Says whether a published answer helped. One vote a voter: the last one counts. Needs the role reader. */
  readonly voteOnAnswer: Field<
    AnswerPayload | null,
    {
      /** The answer. */
      readonly answerId: string;
      /** The vote. */
      readonly input: VoteInput;
    }
  >;
  /** Makes an answer a draft again. Needs the role editor. */
  readonly withdrawAnswer: Field<
    AnswerPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
  /** Makes a question a draft again. Needs the role editor. */
  readonly withdrawQuestion: Field<
    QuestionPayload | null,
    {
      /** Its version when it was read; refused with CONFLICT if it has another one now. */
      readonly expectedVersion: number;
      /** What to change. */
      readonly id: string;
    }
  >;
}

/** A topic near a cluster. */
export interface NearTopic extends ObjectOf<'NearTopic', NearTopicFields> {}
export interface NearTopicFields {
  /** 1 - cosine between the centroids. */
  readonly distance: Field<number>;
  /** The topic. */
  readonly topic: Field<Topic | null>;
}

/** Why a text is known or unknown: the topic it is nearest to. */
export interface NearestClass extends ObjectOf<'NearestClass', NearestClassFields> {}
export interface NearestClassFields {
  /** 1 - cosine, 0 to 2: 0 is the same. */
  readonly distance: Field<number>;
  /** The class by the name the head has for it: a topic id. */
  readonly label: Field<string>;
  /** What of the class is nearest: a single "example", or its "centroid". */
  readonly to: Field<string>;
  /** The topic; absent if it does not exist any more. */
  readonly topic: Field<Topic | null>;
}

/** How a question can start its life. */
export type NewQuestionState =
  /** The team writes it. */
  | 'DRAFT'
  /** Somebody asked it. */
  | 'INCOMING';

/** What has an id of its own, by which the query `node` finds it again. */
export interface Node extends AnyOf<
  Answer | Clustering | Head | Job | Question | Suggestion | Topic,
  {
    /** Id, unique over all types. */
    readonly id: Field<string>;
  }
> {}

/** Where a page lies in its list. */
export interface PageInfo extends ObjectOf<'PageInfo', PageInfoFields> {}
export interface PageInfoFields {
  /** Cursor of the last row, to be given as `after`; absent on an empty page. */
  readonly endCursor: Field<string | null>;
  /** Whether there is more after this page. */
  readonly hasNextPage: Field<boolean>;
  /** Whether this page began after a cursor. */
  readonly hasPreviousPage: Field<boolean>;
  /** Cursor of the first row; absent on an empty page. */
  readonly startCursor: Field<string | null>;
}

/** How far two people agree. */
export interface PairAgreement extends ObjectOf<'PairAgreement', PairAgreementFields> {}
export interface PairAgreementFields {
  /** Cohen's kappa: agreement beyond chance, 1 at most. */
  readonly cohenKappa: Field<number>;
  /** One of them. */
  readonly first: Field<string>;
  /** Questions that both labelled. */
  readonly questions: Field<number>;
  /** The other. */
  readonly second: Field<string>;
}

/** How the token vectors become one. */
export type Pooling =
  /** The first token. */
  | 'CLS'
  /** The last token that is not padding. */
  | 'LAST'
  /** Largest value of each component over the tokens that are not padding. */
  | 'MAX'
  /** Mean over the tokens that are not padding. */
  | 'MEAN'
  /** Mean, the first token and largest values end to end: three times the components. */
  | 'MEAN_CLS_MAX'
  /** Mean and largest values end to end: twice the components, more for a head to read. */
  | 'MEAN_MAX';

/** Whether somebody is waiting. */
export type Priority =
  /** Nobody waits: gets what interactive work leaves, and a share in any case. */
  | 'BULK'
  /** Somebody waits: goes ahead of bulk work. */
  | 'INTERACTIVE';

/** How the logits of a classifier become probabilities. */
export type ProblemType =
  /** Any number of classes fit, each by itself (sigmoid). */
  | 'MULTI_LABEL'
  /** One class fits (softmax). */
  | 'SINGLE_LABEL';

/** A head was put in use. */
export interface Promotion extends ObjectOf<'Promotion', PromotionFields> {}
export interface PromotionFields {
  /** Name of the key that asked for it, or started the training. */
  readonly actor: Field<string | null>;
  /** What did it; absent where that was not kept. */
  readonly cause: Field<PromotionCause | null>;
  /** When. */
  readonly createdAt: Field<string>;
  /** The figures that decided; absent if none did. */
  readonly evaluation: Field<Evaluation | null>;
  /** The head that was put in use, with its lineage. */
  readonly head: Field<Head | null>;
  /** Id of the promotion. */
  readonly id: Field<string>;
  /** The one that was in use before; absent if none was. */
  readonly previousHead: Field<Head | null>;
  /** Why, in a sentence. */
  readonly reason: Field<string>;
}

/** What put a head in use. */
export type PromotionCause =
  /** Somebody promoted it. */
  | 'PERSON'
  /** Somebody went back to it. */
  | 'ROLLBACK'
  /** The promotion rule. */
  | 'RULE'
  /** Its training was asked to, if it is not worse. */
  | 'TRAINING';

/** A page of promotions. */
export interface PromotionConnection extends ObjectOf<'PromotionConnection', PromotionConnectionFields> {}
export interface PromotionConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly PromotionEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly Promotion[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of promotions in a page, with its cursor. */
export interface PromotionEdge extends ObjectOf<'PromotionEdge', PromotionEdgeFields> {}
export interface PromotionEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<Promotion>;
}

/** When a training puts its head in use by itself: all of it on labels that neither head has learned from. */
export interface PromotionRule extends ObjectOf<'PromotionRule', PromotionRuleFields> {}
export interface PromotionRuleFields {
  /** Off: only if the training is asked to. */
  readonly enabled: Field<boolean>;
  /** Expected calibration error, at most; 1: whatever it is. */
  readonly maxEce: Field<number>;
  /** McNemar's p-value, at most; 1: whatever it is. */
  readonly maxPValue: Field<number>;
  /** Accuracy minus that of the head in use, at least; 0.01 is a percentage point. */
  readonly minAccuracyGain: Field<number>;
}

/** What of the promotion rule is to change; absent fields stay. */
export interface PromotionRuleInput {
  /** Whether trainings may put their heads in use by themselves. */
  readonly enabled?: boolean | null;
  /** Expected calibration error, at most. */
  readonly maxEce?: number | null;
  /** McNemar's p-value, at most. */
  readonly maxPValue?: number | null;
  /** Accuracy gain, at least: 0.01 is a percentage point. */
  readonly minAccuracyGain?: number | null;
}

/** Outcome of changing the promotion rule. */
export interface PromotionRulePayload extends ObjectOf<'PromotionRulePayload', PromotionRulePayloadFields> {}
export interface PromotionRulePayloadFields {
  /** The rule now; absent if it was not changed. */
  readonly rule: Field<PromotionRule | null>;
  /** Why the change was not made; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** Where an embedding comes from. Only embeddings of equal provenance may be compared. */
export interface Provenance extends ObjectOf<'Provenance', ProvenanceFields> {}
export interface ProvenanceFields {
  /** Number of components. */
  readonly dimension: Field<number>;
  /** The encoder. */
  readonly encoderId: Field<string>;
  /** Hidden layer it was pooled from; -1 is the last. Of several, the first. */
  readonly layer: Field<number>;
  /** How several layers became one, for example "mean(-1,3)"; absent for one layer. */
  readonly layers: Field<string | null>;
  /** Whether it was scaled to unit L2 norm. */
  readonly normalized: Field<boolean>;
  /** How the token vectors became one. */
  readonly pooling: Field<Pooling>;
  /** SHA-256 over the encoder's files. */
  readonly revision: Field<string>;
}

/** Outcome of removing what is deleted. */
export interface PurgeDeletedPayload extends ObjectOf<'PurgeDeletedPayload', PurgeDeletedPayloadFields> {}
export interface PurgeDeletedPayloadFields {
  /** What was removed; absent if nothing could be. */
  readonly purged: Field<Purged | null>;
  /** Why nothing was removed; empty if something could be. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** Outcome of removing something for ever. */
export interface PurgePayload extends ObjectOf<'PurgePayload', PurgePayloadFields> {}
export interface PurgePayloadFields {
  /** Id of what is gone; absent if it is still there. */
  readonly purgedId: Field<string | null>;
  /** Why it was not removed; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** What was removed for ever. */
export interface Purged extends ObjectOf<'Purged', PurgedFields> {}
export interface PurgedFields {
  /** Answers of other questions. */
  readonly answers: Field<number>;
  /** Whether there is more to remove: ask again. */
  readonly more: Field<boolean>;
  /** Questions, with their answers. */
  readonly questions: Field<number>;
}

/** What can be read. Without a key: published content only. */
export interface Query extends ObjectOf<'Query', QueryFields> {}
export interface QueryFields {
  /** How far people agree where several labelled the same question. Needs the role editor. */
  readonly agreement: Field<
    Agreement | null,
    {
      /** Labels given since then; all if absent. */
      readonly since?: string | null;
    }
  >;
  /** What people said of a question, oldest first. Needs the role editor. */
  readonly annotations: Field<
    readonly Annotation[] | null,
    {
      /** The question. */
      readonly questionId: string;
    }
  >;
  /** Keys of the space, newest first. Needs the role admin. */
  readonly apiKeys: Field<
    ApiKeyConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** What is known about a text: the best answers, its topic or `unknown`, similar questions. */
  readonly ask: Field<
    AskResult | null,
    {
      /** Answers to return, 1 to 20. */
      readonly first?: number;
      /** The question, as people type it. */
      readonly text: string;
    }
  >;
  /** What was changed in the space, newest first. Needs the role admin. */
  readonly auditLog: Field<
    AuditEntryConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Which changes; all if absent. */
      readonly filter?: AuditFilter | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** What a head, or a model that is a classifier, says of texts. Nothing is stored. */
  readonly classify: Field<
    ClassifyResult | null,
    {
      /** Head; the one in use for the encoder if absent. */
      readonly headId?: string | null;
      /** Id or alias of a model; the default encoder if absent. */
      readonly model?: string | null;
      /** Whether somebody is waiting. */
      readonly priority?: Priority;
      /** Up to 1,024 texts. */
      readonly texts: readonly string[];
      /** Classes to return per text, most probable first. */
      readonly topK?: number;
      /** What happens to a text with more tokens than the model takes. */
      readonly truncate?: Truncation;
    }
  >;
  /** What became of the clusters of the run before: those that went on, then new ones, then ended ones. Needs the role admin. */
  readonly clusterChanges: Field<
    ClusterChangeConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Id of the clustering. */
      readonly clusteringId: string;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** The questions of a run with their clusters, oldest first. Needs the role admin. */
  readonly clusterMembers: Field<
    ClusterMemberConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Of this cluster; -1: noise. */
      readonly clusterIndex?: number | null;
      /** Id of the clustering. */
      readonly clusteringId: string;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** One clustering; null if it does not exist. Needs the role admin. */
  readonly clustering: Field<
    Clustering | null,
    {
      /** Its id. */
      readonly id: string;
    }
  >;
  /** Places of questions on the map of a run. Needs the role admin. */
  readonly clusteringMap: Field<
    ClusteringMap | null,
    {
      /** `nextAfter` of the part before. */
      readonly after?: number | null;
      /** Id of the clustering. */
      readonly clusteringId: string;
      /** Points to return, 1 to 2000. */
      readonly first?: number;
    }
  >;
  /** The clusters of a run gathered into fewer: its dendrogram, cut at a number of groups or at a height. Needs the role admin. */
  readonly clusteringTree: Field<
    ClusteringTree | null,
    {
      /** Id of the clustering. */
      readonly clusteringId: string;
      /** Number of groups. */
      readonly groups?: number | null;
      /** Nothing is merged above it. */
      readonly height?: number | null;
    }
  >;
  /** Clusterings, newest first. Needs the role admin. */
  readonly clusterings: Field<
    ClusteringConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** The clusters of a run, largest first. Needs the role admin. */
  readonly clusters: Field<
    ClusterConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Id of the clustering. */
      readonly clusteringId: string;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** Two runs side by side. Needs the role admin. */
  readonly compareClusterings: Field<
    ClusteringComparison | null,
    {
      /** Id of the clustering. */
      readonly clusteringId: string;
      /** Id of another one. */
      readonly otherId: string;
    }
  >;
  /** Decisions on suggestions, newest first. Needs the role admin. */
  readonly decisions: Field<
    DecisionConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
      /** On this suggestion. */
      readonly suggestionId?: string | null;
    }
  >;
  /** Embeddings of texts. Nothing is stored. */
  readonly embed: Field<
    EmbedResult | null,
    {
      /** Components to keep (Matryoshka): the first ones, cut before scaling. All if absent. */
      readonly dimensions?: number | null;
      /** How several layers become one. */
      readonly layerCombination?: LayerCombination;
      /** Hidden layers to pool from: 0 is the embeddings, n the last of n layers, -1 the last. The last if absent. */
      readonly layers?: readonly number[] | null;
      /** Id or alias of a model; the default encoder if absent. */
      readonly model?: string | null;
      /** Scale to unit L2 norm. */
      readonly normalize?: boolean;
      /** How the token vectors become one; the encoder's own if absent. */
      readonly pooling?: Pooling | null;
      /** Whether somebody is waiting. */
      readonly priority?: Priority;
      /** Up to 1,024 texts. */
      readonly texts: readonly string[];
      /** What happens to a text with more tokens than the model takes. */
      readonly truncate?: Truncation;
    }
  >;
  /** One evaluation; null if it does not exist. Needs the role admin. */
  readonly evaluation: Field<
    Evaluation | null,
    {
      /** Its id. */
      readonly id: string;
    }
  >;
  /** Questions that the two heads of an evaluation say different things of, the first 5,000. Needs the role admin. */
  readonly evaluationChanges: Field<
    EvaluationChangeConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Only these; all if absent. */
      readonly change?: EvaluationChangeKind | null;
      /** The evaluation. */
      readonly evaluationId: string;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** How heads compare, newest first. Needs the role admin. */
  readonly evaluations: Field<
    EvaluationConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
      /** Of this head. */
      readonly headId?: string | null;
    }
  >;
  /** Everything the space holds, page by page. What is made after the first page is not in it. Needs the role admin. */
  readonly exportRecords: Field<
    RecordPage | null,
    {
      /** The cursor of the page before; from the beginning if absent. */
      readonly after?: string | null;
      /** Records of a page, 1 to 1,000; with long texts it has fewer. */
      readonly first?: number;
      /** Only questions from this source, with all that belongs to them. */
      readonly source?: string | null;
      /** Only questions of this topic, with all that belongs to them. */
      readonly topicId?: string | null;
      /** Past versions too. */
      readonly versions?: boolean;
    }
  >;
  /** Answers that so many found unhelpful that somebody should look at them, newest first. Needs the role reader. */
  readonly flaggedAnswers: Field<
    AnswerConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** One head; null if it does not exist. Needs the role admin. */
  readonly head: Field<
    Head | null,
    {
      /** Its id. */
      readonly id: string;
    }
  >;
  /** Trained versions of the head, newest first. Needs the role admin. */
  readonly heads: Field<
    HeadConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** One job; null if it does not exist. Needs the role admin. */
  readonly job: Field<
    Job | null,
    {
      /** Its id. */
      readonly id: string;
    }
  >;
  /** Schedules, the newest first. Needs the role admin. */
  readonly jobSchedules: Field<
    JobScheduleConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** Jobs, newest first. Needs the role admin. */
  readonly jobs: Field<
    JobConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Only dead letters. */
      readonly dead?: boolean;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
      /** Of one of these kinds; any if absent. */
      readonly kinds?: readonly JobKind[] | null;
      /** In one of these states; any if absent. */
      readonly states?: readonly JobState[] | null;
    }
  >;
  /** One model; null if it does not exist. */
  readonly model: Field<
    Model | null,
    {
      /** Its id, or an alias. */
      readonly id: string;
    }
  >;
  /** Models in the model store, loaded or not. */
  readonly models: Field<readonly Model[] | null>;
  /** The questions that two runs put into clusters that do not correspond, oldest first. Needs the role admin. */
  readonly movedQuestions: Field<
    MovedQuestionConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Id of the clustering. */
      readonly clusteringId: string;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
      /** Id of another one. */
      readonly otherId: string;
    }
  >;
  /** What has an id, whatever its type; null if it does not exist or may not be seen. */
  readonly node: Field<
    Node | null,
    {
      /** Its id. */
      readonly id: string;
    }
  >;
  /** What has these ids, in their order; null where there is nothing to be seen. At most 100. */
  readonly nodes: Field<
    readonly (Node | null)[] | null,
    {
      /** Their ids. */
      readonly ids: readonly string[];
    }
  >;
  /** When trainings put their heads in use by themselves. Needs the role admin. */
  readonly promotionRule: Field<PromotionRule | null>;
  /** What was put in use, when and why; newest first. Needs the role admin. */
  readonly promotions: Field<
    PromotionConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** One question; null if it does not exist or may not be seen. */
  readonly question: Field<
    Question | null,
    {
      /** Its id. */
      readonly id?: string | null;
      /** Its slug, or one that it had: where the slug of the answer is another, it has moved. */
      readonly slug?: string | null;
    }
  >;
  /** Questions, newest first. Without a key: published ones only. */
  readonly questions: Field<
    QuestionConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Which ones; all if absent. */
      readonly filter?: QuestionFilter | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** Uncertain and unknown questions that wait for a person, the most valuable first. Needs the role editor. */
  readonly reviewQueue: Field<
    ReviewQueueResult | null,
    {
      /** Questions to return, 1 to 100. */
      readonly first?: number;
      /** People that are to label each question; it waits until so many have. */
      readonly overlap?: number;
    }
  >;
  /** Questions by words and by meaning, fused by reciprocal rank. */
  readonly search: Field<
    SearchResult | null,
    {
      /** Cursor of the last hit that was seen; absent for the best ones. A page costs the same wherever it is; the best 200 by words and the best 200 by meaning can be reached. */
      readonly after?: string | null;
      /** Only questions that are all of this. */
      readonly filter?: SearchFilter | null;
      /** Questions to return, 1 to 100. */
      readonly first?: number;
      /** What to look for. */
      readonly text: string;
      /** Only questions whose effective label is this topic. */
      readonly topicId?: string | null;
    }
  >;
  /** Questions much like a text that is being typed, so that nothing is asked twice. */
  readonly similarQuestions: Field<
    SimilarQuestionsResult | null,
    {
      /** Questions to return, 1 to 20. */
      readonly first?: number;
      /** What is being typed. */
      readonly text: string;
    }
  >;
  /** Spaces, newest first: all of them for admins of every space, else the one of the key. Needs the role reader. */
  readonly spaces: Field<
    SpaceConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** Counts for an overview. Needs the role admin. */
  readonly status: Field<Status | null>;
  /** One suggestion; null if it does not exist. Needs the role admin. */
  readonly suggestion: Field<
    Suggestion | null,
    {
      /** Its id. */
      readonly id: string;
    }
  >;
  /** Clusters offered as topics, newest first; those of one clustering largest first. Needs the role admin. */
  readonly suggestions: Field<
    SuggestionConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Of this clustering. */
      readonly clusteringId?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
      /** In one of these states; pending ones if absent. */
      readonly states?: readonly SuggestionState[] | null;
    }
  >;
  /** Topics at the top of the tree, oldest first. */
  readonly topLevelTopics: Field<readonly Topic[] | null>;
  /** One topic, by id or by slug; null if it does not exist. */
  readonly topic: Field<
    Topic | null,
    {
      /** Its id. */
      readonly id?: string | null;
      /** Its slug, or one that it had. */
      readonly slug?: string | null;
    }
  >;
  /** What was done with the tree of topics, newest first. Needs the role reader. */
  readonly topicOperations: Field<
    TopicOperationConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
      /** Only what was done with this topic. */
      readonly topicId?: string | null;
    }
  >;
  /** Topics, oldest first. */
  readonly topics: Field<
    TopicConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
      /** Also those out of use. */
      readonly includeArchived?: boolean;
    }
  >;
  /** What is different between two versions of something. Needs the role reader. */
  readonly versionDiff: Field<
    VersionDiff | null,
    {
      /** The earlier version. */
      readonly from: number;
      /** Its id. */
      readonly id: string;
      /** What it is. */
      readonly kind: ContentKind;
      /** The later version; the one that holds if absent. */
      readonly to?: number | null;
    }
  >;
  /** How something was: its versions, the one that holds first. Needs the role reader. */
  readonly versions: Field<
    ContentVersionConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
      /** Its id. */
      readonly id: string;
      /** What it is. */
      readonly kind: ContentKind;
    }
  >;
  /** What people thought of an answer, newest first. Needs the role editor. */
  readonly votesOnAnswer: Field<
    VoteConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** The answer. */
      readonly answerId: string;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** The questions whose labels would help most: uncertain, and unlike each other and what is labelled. Needs the role editor. */
  readonly whichToLabel: Field<
    readonly QuestionToLabel[] | null,
    {
      /** Questions to choose, 1 to 100. */
      readonly first?: number;
    }
  >;
}

/** A text asked, with or without an answer. */
export interface Question extends ObjectOf<'Question', QuestionFields> {}
export interface QuestionFields {
  /** Its answers: published first, then the most helpful, then the oldest. */
  readonly answers: Field<readonly Answer[]>;
  /** Who made this version; not told to callers without a key. */
  readonly changedBy: Field<string | null>;
  /** What the head in use says; absent before the first classification and to callers without a key. */
  readonly classification: Field<QuestionClassification | null>;
  /** When it came in. */
  readonly createdAt: Field<string>;
  /** When it was deleted; absent if it is not. */
  readonly deletedAt: Field<string | null>;
  /** Whether it has an embedding of the encoder in use. */
  readonly embedded: Field<boolean>;
  /** Its id in the source; not told to callers without a key. */
  readonly externalId: Field<string | null>;
  /** Id of the question. */
  readonly id: Field<string>;
  /** The label that holds: of the highest rank, then the newest. */
  readonly label: Field<Label | null>;
  /** The language it is in, a BCP 47 tag in lower case. */
  readonly language: Field<string>;
  /** When it is going to be published; not told to callers without a key. */
  readonly publishAt: Field<string | null>;
  /** When it was published; absent if it never was. */
  readonly publishedAt: Field<string | null>;
  /** Unique short name, made from the text. */
  readonly slug: Field<string>;
  /** Where it came from: the name of an import, or "api"; not told to callers without a key. */
  readonly source: Field<string | null>;
  /** Where it is in its life. */
  readonly state: Field<ContentState>;
  /** Free words of the editors. */
  readonly tags: Field<readonly string[]>;
  /** What was asked. */
  readonly text: Field<string>;
  /** The topic of its label. */
  readonly topic: Field<Topic | null>;
  /** When it last changed. */
  readonly updatedAt: Field<string>;
  /** Grows by one with every change; give it back as expectedVersion. */
  readonly version: Field<number>;
}

/** What the head in use says of a question. */
export interface QuestionClassification extends ObjectOf<'QuestionClassification', QuestionClassificationFields> {}
export interface QuestionClassificationFields {
  /** Calibrated probability of the topic, 0 to 1. */
  readonly confidence: Field<number>;
  /** When it was said. */
  readonly createdAt: Field<string>;
  /** The head that said so. Needs the role admin. */
  readonly head: Field<Head | null>;
  /** The head that said so. */
  readonly headId: Field<string>;
  /** Most probable topic; for unknown questions the nearest one. */
  readonly topic: Field<Topic | null>;
  /** True if no topic fits. */
  readonly unknown: Field<boolean>;
}

/** A page of questions. */
export interface QuestionConnection extends ObjectOf<'QuestionConnection', QuestionConnectionFields> {}
export interface QuestionConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly QuestionEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly Question[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of questions in a page, with its cursor. */
export interface QuestionEdge extends ObjectOf<'QuestionEdge', QuestionEdgeFields> {}
export interface QuestionEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<Question>;
}

/** Which questions; all conditions hold together. */
export interface QuestionFilter {
  /** Only what is deleted, for editors; otherwise nothing that is. */
  readonly deleted?: boolean | null;
  /** Whether a person or an import has labelled them. */
  readonly labelled?: boolean | null;
  /** Written in this language, a BCP 47 tag. */
  readonly language?: string | null;
  /** Only what is going to be published at a date. */
  readonly scheduled?: boolean | null;
  /** Where they came from: the name of an import, or "api". */
  readonly source?: string | null;
  /** In one of these states. */
  readonly states?: readonly ContentState[] | null;
  /** Members of this suggestion. */
  readonly suggestionId?: string | null;
  /** Has one of these tags. */
  readonly tags?: readonly string[] | null;
  /** Every word occurs in the text. */
  readonly text?: string | null;
  /** The effective label is this topic. */
  readonly topicId?: string | null;
  /** What the head in use says. */
  readonly verdict?: Verdict | null;
}

/** Outcome of a change to a question. */
export interface QuestionPayload extends ObjectOf<'QuestionPayload', QuestionPayloadFields> {}
export interface QuestionPayloadFields {
  /** With CONFLICT: the question as it is now. */
  readonly current: Field<Question | null>;
  /** The question after the change; absent if it was not made. */
  readonly question: Field<Question | null>;
  /** Why the change was not made; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** A question whose label would help. */
export interface QuestionToLabel extends ObjectOf<'QuestionToLabel', QuestionToLabelFields> {}
export interface QuestionToLabelFields {
  /** Cosine distance to the nearest question that is labelled or chosen before it. */
  readonly distance: Field<number>;
  /** The question. */
  readonly question: Field<Question | null>;
  /** 1 for unknown questions; for others 1 minus the confidence of the head. */
  readonly uncertainty: Field<number>;
}

/** What one ranking adds to the score of a hit. */
export interface RankExplanation extends ObjectOf<'RankExplanation', RankExplanationFields> {}
export interface RankExplanationFields {
  /** The ranking. */
  readonly list: Field<SearchList>;
  /** Rank in it, from 1. */
  readonly rank: Field<number>;
  /** The same in words. */
  readonly reason: Field<string>;
  /** What it adds: 3 / (5 + rank); for words a third of it if only some of them are in it. */
  readonly score: Field<number>;
}

/** A page of an export. */
export interface RecordPage extends ObjectOf<'RecordPage', RecordPageFields> {}
export interface RecordPageFields {
  /** Where the next page begins; with the same arguments it goes on there at any time. */
  readonly cursor: Field<string>;
  /** Whether this is the last page. */
  readonly done: Field<boolean>;
  /** JSON objects, as the lines of an export file: topics, their places in the tree, questions, answers, votes, versions. */
  readonly records: Field<readonly string[]>;
}

/** Outcome of asking and keeping the question. */
export interface RecordQuestionPayload extends ObjectOf<'RecordQuestionPayload', RecordQuestionPayloadFields> {}
export interface RecordQuestionPayloadFields {
  /** The incoming question; absent if it was not kept. */
  readonly question: Field<Question | null>;
  /** What is known about it. */
  readonly result: Field<AskResult | null>;
  /** Why it was not kept; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** Outcome of redriving dead letters. */
export interface RedriveJobsPayload extends ObjectOf<'RedriveJobsPayload', RedriveJobsPayloadFields> {}
export interface RedriveJobsPayloadFields {
  /** Those that wait again, the oldest first. */
  readonly jobs: Field<readonly Job[] | null>;
  /** Why none was redriven; empty if nothing was in the way. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** Outcome of keeping or giving back questions. */
export interface ReviewClaimsPayload extends ObjectOf<'ReviewClaimsPayload', ReviewClaimsPayloadFields> {}
export interface ReviewClaimsPayloadFields {
  /** The questions it was done for; others were not held any more. */
  readonly questionIds: Field<readonly string[] | null>;
  /** Why nothing was done; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** A decision about one question. */
export interface ReviewDecisionInput {
  /** Its version when it was read; refused with CONFLICT if it has another one now. */
  readonly expectedVersion: number;
  /** The question. */
  readonly questionId: string;
  /** With TOPIC: which one. */
  readonly topicId?: string | null;
  /** What is decided. */
  readonly verdict: ReviewVerdict;
}

/** What became of one decision. */
export interface ReviewDecisionResult extends ObjectOf<'ReviewDecisionResult', ReviewDecisionResultFields> {}
export interface ReviewDecisionResultFields {
  /** If it was refused: what kind of fault. */
  readonly code: Field<UserErrorCode | null>;
  /** With CONFLICT over a version: the one that holds now. */
  readonly currentVersion: Field<number | null>;
  /** If it was refused: the field that is wrong. */
  readonly field: Field<string | null>;
  /** If it was refused: what is wrong and what to do. */
  readonly message: Field<string | null>;
  /** The question as it is now. */
  readonly question: Field<Question | null>;
  /** The question's version after the decision; absent if refused. */
  readonly version: Field<number | null>;
}

/** A question that waits for a person, with what makes it valuable to look at. */
export interface ReviewItem extends ObjectOf<'ReviewItem', ReviewItemFields> {}
export interface ReviewItemFields {
  /** Days it has waited. */
  readonly ageDays: Field<number>;
  /** People who have labelled it. */
  readonly annotations: Field<number>;
  /** Who looks at it; absent if nobody does. */
  readonly claimedBy: Field<string | null>;
  /** Size of its cluster in the newest clustering; 0 if it is in none. */
  readonly clusterSize: Field<number>;
  /** Until when. */
  readonly leaseUntil: Field<string | null>;
  /** The question. */
  readonly question: Field<Question | null>;
  /** 1 for unknown questions; for others 1 minus the confidence of the head. */
  readonly uncertainty: Field<number>;
  /** How much it is worth to look at, 0 to 1, from the three figures below. */
  readonly value: Field<number>;
}

/** Questions that wait for a person, the most valuable first. */
export interface ReviewQueueResult extends ObjectOf<'ReviewQueueResult', ReviewQueueResultFields> {}
export interface ReviewQueueResultFields {
  /** The questions. */
  readonly items: Field<readonly ReviewItem[]>;
  /** How many wait. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** What a person decides about a question. */
export type ReviewVerdict =
  /** It is no question for this knowledge base. */
  | 'ARCHIVE'
  /** No topic fits. */
  | 'NONE'
  /** Let somebody else decide: it is not shown to this person again. */
  | 'SKIP'
  /** It belongs to a topic. */
  | 'TOPIC';

/** Who said that a question belongs to a topic. A person outranks an import, an import a model. */
export type SaidBy =
  /** The source it was imported from. */
  | 'IMPORT'
  /** A head. */
  | 'MODEL'
  /** Somebody with a key, by hand or by deciding on a suggestion. */
  | 'PERSON';

/** Which job a schedule starts: exactly one field. */
export interface ScheduledJobInput {
  /** Classifies questions. */
  readonly classify?: StartClassificationInput | null;
  /** Clusters questions. */
  readonly cluster?: StartClusteringInput | null;
  /** true: makes missing embeddings. */
  readonly embed?: boolean | null;
  /** Trains the encoder itself. */
  readonly fineTune?: StartFineTuningInput | null;
  /** Trains a head. */
  readonly train?: StartTrainingInput | null;
}

/** A mistyped word, and the word that was looked for instead. */
export interface SearchCorrection extends ObjectOf<'SearchCorrection', SearchCorrectionFields> {}
export interface SearchCorrectionFields {
  /** What was looked for. */
  readonly used: Field<string>;
  /** As it was typed. */
  readonly word: Field<string>;
}

/** What the hits have, counted over all that can be reached by paging; the most frequent first. */
export interface SearchFacets extends ObjectOf<'SearchFacets', SearchFacetsFields> {}
export interface SearchFacetsFields {
  /** Languages, as "en". */
  readonly languages: Field<readonly FacetValue[]>;
  /** States, as "published". */
  readonly states: Field<readonly FacetValue[]>;
  /** Tags. */
  readonly tags: Field<readonly FacetValue[]>;
  /** Effective topics. */
  readonly topics: Field<readonly TopicFacet[]>;
}

/** Which questions a search may find. */
export interface SearchFilter {
  /** Created before. */
  readonly createdBefore?: string | null;
  /** Created then or later. */
  readonly createdFrom?: string | null;
  /** In this language, an ISO 639-1 code as "en". */
  readonly language?: string | null;
  /** In one of these states; all that the caller may see but archived ones if absent. */
  readonly states?: readonly ContentState[] | null;
  /** With every one of these tags. */
  readonly tags?: readonly string[] | null;
}

/** A question found. */
export interface SearchHit extends ObjectOf<'SearchHit', SearchHitFields> {}
export interface SearchHitFields {
  /** Its place, to be given as `after`; absent outside of a search. */
  readonly cursor: Field<string | null>;
  /** Why it is where it is: what each ranking adds to its score. */
  readonly explanation: Field<readonly RankExplanation[]>;
  /** A passage with matches between <mark> and </mark>; everything else is HTML-escaped. */
  readonly highlight: Field<string>;
  /** What the vector list is ordered by: the mean of the three greatest cosines to the text among the question and the passages of its answers; absent if not in it. */
  readonly nearness: Field<number | null>;
  /** The question. */
  readonly question: Field<Question>;
  /** Reciprocal rank fusion: the sum of what its ranks add. */
  readonly score: Field<number>;
  /** Cosine of the question's embedding to the text's; absent if it has none. */
  readonly similarity: Field<number | null>;
  /** Rank in the full-text list, from 1; absent if not in it. */
  readonly textRank: Field<number | null>;
  /** Rank in the vector list, from 1; absent if not in it. */
  readonly vectorRank: Field<number | null>;
}

/** One of the rankings that are fused. */
export type SearchList =
  /** Nearness of embeddings of questions and of passages of answers. */
  | 'VECTORS'
  /** Full text of questions and answers, mistyped words corrected. */
  | 'WORDS';

/** Questions found, best first. */
export interface SearchResult extends ObjectOf<'SearchResult', SearchResultFields> {}
export interface SearchResultFields {
  /** Words that were taken for others, because they occur nowhere. */
  readonly corrections: Field<readonly SearchCorrection[]>;
  /** What the hits have. */
  readonly facets: Field<SearchFacets>;
  /** Best first. */
  readonly hits: Field<readonly SearchHit[]>;
  /** Where this page lies among the hits. */
  readonly pageInfo: Field<PageInfo>;
  /** Whether embeddings took part: false while the inference service cannot be reached. */
  readonly vectorsUsed: Field<boolean>;
}

/** A question much like a text. */
export interface SimilarQuestion extends ObjectOf<'SimilarQuestion', SimilarQuestionFields> {}
export interface SimilarQuestionFields {
  /** So alike that it is probably the same question. */
  readonly duplicate: Field<boolean>;
  /** The question. */
  readonly question: Field<Question | null>;
  /** Share of groups of three letters in common, 0 to 1. */
  readonly textSimilarity: Field<number>;
  /** Cosine of the embeddings; absent if they were not compared. */
  readonly vectorSimilarity: Field<number | null>;
}

/** Questions much like a text. */
export interface SimilarQuestionsResult extends ObjectOf<'SimilarQuestionsResult', SimilarQuestionsResultFields> {}
export interface SimilarQuestionsResultFields {
  /** Most alike first. */
  readonly questions: Field<readonly SimilarQuestion[]>;
  /** Whether embeddings were compared too, not letters alone. */
  readonly vectorsUsed: Field<boolean>;
}

/** What one team keeps apart from another: content, vectors, jobs, keys. */
export interface Space extends ObjectOf<'Space', SpaceFields> {}
export interface SpaceFields {
  /** Whether callers without a key may read what is published. */
  readonly anonymousReading: Field<boolean>;
  /** When it was made. */
  readonly createdAt: Field<string>;
  /** Id of the space. */
  readonly id: Field<string>;
  /** Its name in the header x-cairn-space. */
  readonly slug: Field<string>;
  /** Name for people. */
  readonly title: Field<string>;
  /** Grows by one with every change; give it back as expectedVersion. */
  readonly version: Field<number>;
}

/** A page of spaces. */
export interface SpaceConnection extends ObjectOf<'SpaceConnection', SpaceConnectionFields> {}
export interface SpaceConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly SpaceEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly Space[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of spaces in a page, with its cursor. */
export interface SpaceEdge extends ObjectOf<'SpaceEdge', SpaceEdgeFields> {}
export interface SpaceEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<Space>;
}

/** Outcome of a change to a space. */
export interface SpacePayload extends ObjectOf<'SpacePayload', SpacePayloadFields> {}
export interface SpacePayloadFields {
  /** The space after the change; absent if it was not made. */
  readonly space: Field<Space | null>;
  /** Why the change was not made; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** A topic that is split off. */
export interface SplitPartInput {
  /** What belongs to it. */
  readonly description?: string | null;
  /** Questions that go there; they belong to the topic that is split. */
  readonly questionIds: readonly string[];
  /** Unique short name; made from the title if absent. */
  readonly slug?: string | null;
  /** Name for people. */
  readonly title: string;
}

/** Outcome of splitting a suggestion. */
export interface SplitPayload extends ObjectOf<'SplitPayload', SplitPayloadFields> {}
export interface SplitPayloadFields {
  /** The parts that are offered instead, largest first. */
  readonly parts: Field<readonly Suggestion[] | null>;
  /** The suggestion that was split. */
  readonly suggestion: Field<Suggestion | null>;
  /** Why it was not split; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** Which topics are made of one. */
export interface SplitTopicInput {
  /** Below the topic instead of beside it. */
  readonly asChildren?: boolean;
  /** Up to 50 new topics, with up to 10,000 questions in all. */
  readonly parts: readonly SplitPartInput[];
}

/** Which questions to classify. */
export interface StartClassificationInput {
  /** Also those the head in use has classified already. */
  readonly again?: boolean;
}

/** How to cluster. Absent fields take the default. */
export interface StartClusteringInput {
  /** How clusters are found [SPHERICAL]. */
  readonly algorithm?: ClusteringAlgorithm | null;
  /** Only those asked before then. */
  readonly createdBefore?: string | null;
  /** Only those asked from then on. */
  readonly createdFrom?: string | null;
  /** Labelled questions guide: directions in which questions of one topic differ count less [false]. */
  readonly guided?: boolean | null;
  /** HDBSCAN: smaller groups are noise [max(5, questions / 200), at most 50]. */
  readonly hdbscanMinClusterSize?: number | null;
  /** HDBSCAN: questions within a core distance [hdbscanMinClusterSize]. */
  readonly hdbscanMinSamples?: number | null;
  /** What known topics do [IGNORE]. */
  readonly knownTopics?: KnownTopics | null;
  /** No cluster is larger; of SPHERICAL and KMEANS. */
  readonly largestCluster?: number | null;
  /** HIERARCHICAL: the distance of two clusters [WARD]. */
  readonly linkage?: ClusterLinkage | null;
  /** How the map is drawn [UMAP up to 2,000 questions, PCA beyond]. */
  readonly map?: MapMethod | null;
  /** Largest number to consider [the least of n / 3, 2 sqrt(n) and 500]. */
  readonly maxClusters?: number | null;
  /** Clusters smaller than this make no suggestion [3]. */
  readonly minClusterSize?: number | null;
  /** Smallest number to consider [2]. */
  readonly minClusters?: number | null;
  /** Number of clusters; absent: it is chosen, with an interval. */
  readonly nClusters?: number | null;
  /** Restarts from different seeds; the lowest inertia is kept [10]. */
  readonly nInit?: number | null;
  /** Which questions [UNKNOWN; ALL with a topic]. */
  readonly scope?: ClusteringScope | null;
  /** Seed of all random choices [42]. */
  readonly seed?: number | null;
  /** How first centroids are drawn [PLUS_PLUS]. */
  readonly seeding?: ClusterSeeding | null;
  /** No cluster is smaller; of SPHERICAL and KMEANS. */
  readonly smallestCluster?: number | null;
  /** Only those that came with this import. */
  readonly source?: string | null;
  /** Cosine instead of Euclidean distance [true]. */
  readonly spherical?: boolean | null;
  /** Only those with all of these words. */
  readonly text?: string | null;
  /** Only those of this topic. */
  readonly topicId?: string | null;
}

/** Which heads to compare. */
export interface StartEvaluationInput {
  /** The head to compare with; if absent the one in use, and the one in use with none. */
  readonly againstHeadId?: string | null;
  /** The head; the one in use if absent. */
  readonly headId?: string | null;
}

/** How to train an encoder. Absent fields take the default. */
export interface StartFineTuningInput {
  /** Batches whose gradients make one step [1]. */
  readonly accumulate?: number | null;
  /** Examples of a batch [32]. */
  readonly batchSize?: number | null;
  /** Weigh each topic by the inverse of its frequency [false]. */
  readonly classWeights?: boolean | null;
  /** With CLUSTERS, needed there: how many, topics with labels among them. */
  readonly clusters?: number | null;
  /** With CLASSES: what it counts that questions of one topic come near each other, beside the loss of the head [0]. */
  readonly contrast?: number | null;
  /** Share of activations dropped [0.1]. */
  readonly dropout?: number | null;
  /** Passes over the examples, at most [10]. */
  readonly epochs?: number | null;
  /** Share of words erased while training [0; with CLUSTERS 0.4]. */
  readonly erase?: number | null;
  /** Share of the labels held out for early stopping and figures [0.1]. */
  readonly heldOut?: number | null;
  /** Share of certainty moved to the other topics [0]. */
  readonly labelSmoothing?: number | null;
  /** With LAST: how many layers [2]. */
  readonly lastLayers?: number | null;
  /** Highest learning rate of the encoder [0.0001]. */
  readonly learningRate?: number | null;
  /** With LORA: rank of the adapters [8]. */
  readonly loraRank?: number | null;
  /** Largest global norm of the gradients [1]. */
  readonly maxNorm?: number | null;
  /** Tokens a text is cut to [as many as the encoder takes]. */
  readonly maxTokens?: number | null;
  /** Id or alias of the float32 encoder to start from; the one in use if absent. */
  readonly model?: string | null;
  /** With CLUSTERS: so many of the questions nearest to one are taken to be like it, instead of those of its cluster [0]. */
  readonly neighbours?: number | null;
  /** What it is taught. */
  readonly objective?: TrainingObjective;
  /** Id of the new encoder; made from the id of the job if absent. */
  readonly output?: string | null;
  /** Epochs without a gain that are waited for; 0: all epochs [3]. */
  readonly patience?: number | null;
  /** Put the new encoder and its head in use if the head knows other topics than the one in use, or its accuracy is not lower on the same held-out labels. All questions are embedded anew first; the old encoder serves until then. */
  readonly promoteIfBetter?: boolean;
  /** Which weights move. */
  readonly scope?: TrainedPart;
  /** Seed of everything random [42]. */
  readonly seed?: number | null;
  /** Of contrastive losses: cosines are divided by it [0.05]. */
  readonly temperature?: number | null;
  /** Share of all steps in which the learning rate rises [0.1]. */
  readonly warmUp?: number | null;
  /** Decoupled weight decay [0.01]. */
  readonly weightDecay?: number | null;
}

/** How to train a head. Absent fields take the default. */
export interface StartTrainingInput {
  /** Weigh each topic by the inverse of its frequency [true]. */
  readonly classWeights?: boolean | null;
  /** Share of the labels held out for the figures [0.2]. */
  readonly heldOut?: number | null;
  /** L2 penalty on the weights; chosen on held-out labels if absent. */
  readonly l2?: number | null;
  /** Iterations of L-BFGS [200]. */
  readonly maxIterations?: number | null;
  /** Put the head in use if there is none, if it knows other topics or reads the embeddings of another encoder than the one in use, or if its accuracy is not lower on the same held-out labels. */
  readonly promoteIfBetter?: boolean;
  /** Seed of the split [42]. */
  readonly seed?: number | null;
}

/** Counts for an overview. */
export interface Status extends ObjectOf<'Status', StatusFields> {}
export interface StatusFields {
  /** Answers. */
  readonly answers: Field<number>;
  /** Answers whose passages have no embeddings of the encoder in use yet: search finds them by words only. */
  readonly answersWithoutPassages: Field<number>;
  /** Questions the head in use has classified. */
  readonly classified: Field<number>;
  /** "embedded" or "postgres". */
  readonly database: Field<string>;
  /** Questions with an embedding of the encoder in use. */
  readonly embedded: Field<number>;
  /** The encoder in use. */
  readonly encoderId: Field<string | null>;
  /** The head in use. */
  readonly head: Field<Head | null>;
  /** Questions labelled by a person or an import. */
  readonly labelled: Field<number>;
  /** Suggestions to decide on. */
  readonly pendingSuggestions: Field<number>;
  /** Published questions. */
  readonly published: Field<number>;
  /** Questions. */
  readonly questions: Field<number>;
  /** Topics in use. */
  readonly topics: Field<number>;
  /** Questions the head in use calls unknown. */
  readonly unknown: Field<number>;
}

/** What can be watched, over WebSocket (graphql-transport-ws). */
export interface Subscription extends ObjectOf<'Subscription', SubscriptionFields> {}
export interface SubscriptionFields {
  /** The lines of a job log from one on, then every further one, until the job has ended. Needs the role admin. */
  readonly jobLog: Field<
    JobLogLine,
    {
      /** Id of the last line that was seen; absent: from the first on. */
      readonly after?: string | null;
      /** The job. */
      readonly id: string;
    }
  >;
  /** The job now, then every change, until it has ended. Needs the role admin. */
  readonly jobProgress: Field<
    Job,
    {
      /** The job. */
      readonly id: string;
    }
  >;
}

/** A cluster offered as a new topic. */
export interface Suggestion extends ObjectOf<'Suggestion', SuggestionFields> {}
export interface SuggestionFields {
  /** Questions that came after the run and were assigned without a new one. */
  readonly assignedLater: Field<number>;
  /** The clustering that found it last. */
  readonly clustering: Field<Clustering | null>;
  /** Mean cosine of the members to the centroid. */
  readonly cohesion: Field<number>;
  /** When it was made. */
  readonly createdAt: Field<string>;
  /** When it was decided. */
  readonly decidedAt: Field<string | null>;
  /** Name of the key that decided. */
  readonly decidedBy: Field<string | null>;
  /** A person merged or split it; new runs leave its questions. */
  readonly edited: Field<boolean>;
  /** Typical questions: the medoid first. */
  readonly exemplars: Field<readonly Question[]>;
  /** Id of the suggestion. */
  readonly id: Field<string>;
  /** By class-based TF-IDF, best first. */
  readonly keywords: Field<readonly string[]>;
  /** The last decision on it, which can be undone. */
  readonly lastDecisionId: Field<string | null>;
  /** The suggestion that it was merged into. */
  readonly mergedInto: Field<Suggestion | null>;
  /** Topics that are there already, nearest first. */
  readonly nearestTopics: Field<readonly NearTopic[]>;
  /** The suggestion that it is a part of. */
  readonly partOf: Field<Suggestion | null>;
  /** All questions of the cluster. */
  readonly questions: Field<
    QuestionConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** Why, if it was said. */
  readonly reason: Field<string | null>;
  /** A person gave it the title; new runs leave that. */
  readonly renamed: Field<boolean>;
  /** Distance to the nearest other centroid. */
  readonly separation: Field<number>;
  /** Mean silhouette of its members, -1 to 1. */
  readonly silhouette: Field<number>;
  /** Its questions, with those assigned later. */
  readonly size: Field<number>;
  /** What was decided. */
  readonly state: Field<SuggestionState>;
  /** Proposed title, from the keywords; or the one a person gave it. */
  readonly title: Field<string>;
  /** The topic it became or was merged into. */
  readonly topic: Field<Topic | null>;
  /** Grows by one with every change; give it back as expectedVersion. */
  readonly version: Field<number>;
}

/** A page of suggestions. */
export interface SuggestionConnection extends ObjectOf<'SuggestionConnection', SuggestionConnectionFields> {}
export interface SuggestionConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly SuggestionEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly Suggestion[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of suggestions in a page, with its cursor. */
export interface SuggestionEdge extends ObjectOf<'SuggestionEdge', SuggestionEdgeFields> {}
export interface SuggestionEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<Suggestion>;
}

/** Outcome of a decision on a suggestion. */
export interface SuggestionPayload extends ObjectOf<'SuggestionPayload', SuggestionPayloadFields> {}
export interface SuggestionPayloadFields {
  /** The suggestion after the decision; absent if it was not made. */
  readonly suggestion: Field<Suggestion | null>;
  /** Why the decision was not made; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** What was decided on a suggestion. */
export type SuggestionState =
  /** It became a topic. */
  | 'ACCEPTED'
  /** Its questions went to a topic that was there, or to another suggestion. */
  | 'MERGED'
  /** Nothing yet. */
  | 'PENDING'
  /** It is no topic. */
  | 'REJECTED'
  /** Its parts are offered instead of it. */
  | 'SPLIT'
  /** A newer clustering of the same questions did not find it again. */
  | 'SUPERSEDED';

/** What a head says of one text. */
export interface TextClassification extends ObjectOf<'TextClassification', TextClassificationFields> {}
export interface TextClassificationFields {
  /** How it was told whether the text is known; absent for classifiers with a head of their own. */
  readonly because: Field<KnownVerdict | null>;
  /** Most probable classes first; for unknown texts the nearest ones. Empty if it was not classified. */
  readonly candidates: Field<readonly ClassCandidate[]>;
  /** Probability of the most probable class. */
  readonly confidence: Field<number | null>;
  /** Why the text was not classified; absent if it was. */
  readonly error: Field<TextError | null>;
  /** Most probable class, as in `candidates`; for unknown texts the nearest one. */
  readonly label: Field<string | null>;
  /** Tokens the text has, special ones included, before any cut. */
  readonly tokens: Field<number>;
  /** Most probable topic; for unknown texts the nearest one. Absent for classes of a model. */
  readonly topic: Field<Topic | null>;
  /** Whether tokens were cut off. */
  readonly truncated: Field<boolean>;
  /** True if no class fits; absent if the text was not classified. */
  readonly unknown: Field<boolean | null>;
}

/** Why one text of several was not encoded. The others were. */
export interface TextError extends ObjectOf<'TextError', TextErrorFields> {}
export interface TextErrorFields {
  /** A code, for example INVALID_INPUT. */
  readonly code: Field<string>;
  /** Position of the text in the request, from 0. */
  readonly index: Field<number>;
  /** What is wrong and what to do. */
  readonly message: Field<string>;
}

/** A class that questions are assigned to. */
export interface Topic extends ObjectOf<'Topic', TopicFields> {}
export interface TopicFields {
  /** The topics above it, from the top of the tree. */
  readonly ancestors: Field<readonly Topic[]>;
  /** Who made this version; not told to callers without a key. */
  readonly changedBy: Field<string | null>;
  /** Topics below it, oldest first. */
  readonly children: Field<readonly Topic[]>;
  /** When it was made. */
  readonly createdAt: Field<string>;
  /** What belongs to it; may be empty. */
  readonly description: Field<string>;
  /** Id of the topic. */
  readonly id: Field<string>;
  /** Those of them that a person or an import has labelled. */
  readonly labelledCount: Field<number>;
  /** Where its questions went, if it was merged away. */
  readonly mergedInto: Field<Topic | null>;
  /** The topic it lies below; absent at the top of the tree. */
  readonly parent: Field<Topic | null>;
  /** Questions whose effective label is this topic. */
  readonly questionCount: Field<number>;
  /** Questions whose effective label is this topic, newest first. */
  readonly questions: Field<
    QuestionConnection | null,
    {
      /** Cursor after which to start; absent for the first page. */
      readonly after?: string | null;
      /** Rows to return, 1 to 100. */
      readonly first?: number;
    }
  >;
  /** Unique short name for addresses. */
  readonly slug: Field<string>;
  /** Whether it is in use. */
  readonly state: Field<TopicState>;
  /** Name for people. */
  readonly title: Field<string>;
  /** When it last changed. */
  readonly updatedAt: Field<string>;
  /** Grows by one with every change; give it back as expectedVersion. */
  readonly version: Field<number>;
}

/** A page of topics. */
export interface TopicConnection extends ObjectOf<'TopicConnection', TopicConnectionFields> {}
export interface TopicConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly TopicEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly Topic[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of topics in a page, with its cursor. */
export interface TopicEdge extends ObjectOf<'TopicEdge', TopicEdgeFields> {}
export interface TopicEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<Topic>;
}

/** How many hits have a topic. */
export interface TopicFacet extends ObjectOf<'TopicFacet', TopicFacetFields> {}
export interface TopicFacetFields {
  /** Hits that have it. */
  readonly count: Field<number>;
  /** The topic; null if it may not be seen. */
  readonly topic: Field<Topic | null>;
}

/** A change of the tree of topics that can be undone. */
export interface TopicOperation extends ObjectOf<'TopicOperation', TopicOperationFields> {}
export interface TopicOperationFields {
  /** When it was done. */
  readonly doneAt: Field<string>;
  /** Who did it. */
  readonly doneBy: Field<string>;
  /** Id of the operation. */
  readonly id: Field<string>;
  /** What was done. */
  readonly kind: Field<TopicOperationKind>;
  /** Labels that it changed. */
  readonly labels: Field<number>;
  /** The new parent (none: the top of the tree), the topic merged into, or the topics split off. */
  readonly targets: Field<readonly Topic[]>;
  /** The topic it was done with. */
  readonly topic: Field<Topic | null>;
  /** When it was undone; absent if it holds. */
  readonly undoneAt: Field<string | null>;
  /** Who undid it; absent if it holds. */
  readonly undoneBy: Field<string | null>;
}

/** A page of topic operations. */
export interface TopicOperationConnection extends ObjectOf<
  'TopicOperationConnection',
  TopicOperationConnectionFields
> {}
export interface TopicOperationConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly TopicOperationEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly TopicOperation[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of topic operations in a page, with its cursor. */
export interface TopicOperationEdge extends ObjectOf<'TopicOperationEdge', TopicOperationEdgeFields> {}
export interface TopicOperationEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<TopicOperation>;
}

/** What was done with topics. */
export type TopicOperationKind =
  /** The questions of a topic went to another. */
  | 'MERGE'
  /** A topic was put below another, or at the top. */
  | 'MOVE'
  /** Some questions of a topic went to new ones. */
  | 'SPLIT';

/** Outcome of a change of the tree of topics. */
export interface TopicOperationPayload extends ObjectOf<'TopicOperationPayload', TopicOperationPayloadFields> {}
export interface TopicOperationPayloadFields {
  /** With CONFLICT: the topic as it is now. */
  readonly current: Field<Topic | null>;
  /** What was done; absent if nothing was. */
  readonly operation: Field<TopicOperation | null>;
  /** Why nothing was done; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** Outcome of a change to a topic. */
export interface TopicPayload extends ObjectOf<'TopicPayload', TopicPayloadFields> {}
export interface TopicPayloadFields {
  /** With CONFLICT: the topic as it is now. */
  readonly current: Field<Topic | null>;
  /** The topic after the change; absent if it was not made. */
  readonly topic: Field<Topic | null>;
  /** Why the change was not made; empty if it was. */
  readonly userErrors: Field<readonly UserError[]>;
}

/** Whether a topic is in use. */
export type TopicState =
  /** Questions are assigned to it. */
  | 'ACTIVE'
  /** Not offered to the head any more; its questions keep their labels. */
  | 'ARCHIVED';

/** What a training job did. */
export interface TrainJobResult extends ObjectOf<'TrainJobResult', TrainJobResultFields> {}
export interface TrainJobResultFields {
  /** How the head does beside the one in use; absent without held-out labels. */
  readonly evaluation: Field<Evaluation | null>;
  /** The head it trained. */
  readonly head: Field<Head | null>;
  /** What is odd about the labels: contradictory ones, topics with a single one. */
  readonly notes: Field<readonly string[]>;
  /** Whether the new head was put in use. */
  readonly promoted: Field<boolean>;
  /** Why it was, or was not. */
  readonly reason: Field<string>;
}

/** Which weights of an encoder move. */
export type TrainedPart =
  /** All of them. */
  | 'ALL'
  /** None: the head alone. */
  | 'HEAD'
  /** Those of the last layers. */
  | 'LAST'
  /** Low-rank adapters, merged into the weights at the end. */
  | 'LORA';

/** What an encoder is taught. */
export type TrainingObjective =
  /** The topic of each labelled question. */
  | 'CLASSES'
  /** Clusters that are found among all questions before each epoch; questions with labels stay in their topics. For discovery. */
  | 'CLUSTERS'
  /** Questions of one topic near each other. */
  | 'CONTRASTIVE'
  /** Hidden words, in the texts of all questions and answers: pre-training, without labels. */
  | 'MASKED'
  /** Two dropout views of a text near each other, without labels. */
  | 'VIEWS';

/** What happens to a text with more tokens than the model takes. */
export type Truncation =
  /** Its end is cut off. */
  | 'END'
  /** It is refused; the other texts are not. */
  | 'ERROR'
  /** Its beginning is cut off. */
  | 'START';

/** How a head tells unknown texts, with figures on held-out classes. */
export interface UnknownDetector extends ObjectOf<'UnknownDetector', UnknownDetectorFields> {}
export interface UnknownDetectorFields {
  /** Area under the ROC curve; 0.5 is chance. */
  readonly auroc: Field<number>;
  /** Share of texts of known classes kept at the threshold. */
  readonly knownRecall: Field<number>;
  /** The quantity compared: probability, energy, centroid, radius, neighbour or combined. */
  readonly method: Field<string>;
  /** Texts whose quantity is below are unknown. */
  readonly threshold: Field<number>;
  /** Share of texts of held-out classes called unknown at the threshold. */
  readonly unknownRecall: Field<number>;
}

/** Changes to an answer. */
export interface UpdateAnswerInput {
  /** New text, Markdown. */
  readonly body: string;
}

/** What to change about a schedule; absent fields stay. */
export interface UpdateJobScheduleInput {
  /** When: minute, hour, day of month, month, day of week. */
  readonly cron?: string | null;
  /** Whether it runs. */
  readonly enabled?: boolean | null;
  /** IANA name of the time zone that `cron` is read in. */
  readonly timeZone?: string | null;
}

/** Changes to a question; absent fields stay. */
export interface UpdateQuestionInput {
  /** The language it is in, a BCP 47 tag. */
  readonly language?: string | null;
  /** A new address; the old one leads to it. */
  readonly slug?: string | null;
  /** Replaces all tags. */
  readonly tags?: readonly string[] | null;
  /** New text. */
  readonly text?: string | null;
}

/** Changes to a space; absent fields stay. */
export interface UpdateSpaceInput {
  /** Whether callers without a key may read what is published; holds within five seconds. */
  readonly anonymousReading?: boolean | null;
  /** New name. */
  readonly title?: string | null;
}

/** Changes to a topic; absent fields stay. */
export interface UpdateTopicInput {
  /** New description. */
  readonly description?: string | null;
  /** A new address; the old one leads to it. */
  readonly slug?: string | null;
  /** New name. */
  readonly title?: string | null;
}

/** Why a change was not made, for the person who asked for it. */
export interface UserError extends ObjectOf<'UserError', UserErrorFields> {}
export interface UserErrorFields {
  /** What kind of fault. */
  readonly code: Field<UserErrorCode>;
  /** With CONFLICT over a version: the one that holds now. */
  readonly currentVersion: Field<number | null>;
  /** The field that is wrong, for example "text" or "rows.3.topic". */
  readonly field: Field<string | null>;
  /** What is wrong and what to do. */
  readonly message: Field<string>;
}

/** What kind of fault the caller can put right. */
export type UserErrorCode =
  /** It has changed since it was read, or its state does not allow this. Read it again. */
  | 'CONFLICT'
  /** A value cannot be used; `field` names it. */
  | 'INVALID_INPUT'
  /** Something that was named does not exist. */
  | 'NOT_FOUND';

/** What the head in use made of a question. */
export type Verdict =
  /** A topic fits. */
  | 'KNOWN'
  /** Not asked yet. */
  | 'UNCLASSIFIED'
  /** No topic fits. */
  | 'UNKNOWN';

/** What is different between two versions. */
export interface VersionDiff extends ObjectOf<'VersionDiff', VersionDiffFields> {}
export interface VersionDiffFields {
  /** The fields that differ; empty if none does. */
  readonly fields: Field<readonly FieldDiff[]>;
  /** The earlier version. */
  readonly fromVersion: Field<number>;
  /** The later version. */
  readonly toVersion: Field<number>;
}

/** One thing a version consists of. */
export interface VersionField extends ObjectOf<'VersionField', VersionFieldFields> {}
export interface VersionFieldFields {
  /** Its name: "text", "body", "tags", "state"... */
  readonly name: Field<string>;
  /** Its value as text; lists are joined by ", ". */
  readonly value: Field<string>;
}

/** What somebody thought of an answer. */
export interface Vote extends ObjectOf<'Vote', VoteFields> {}
export interface VoteFields {
  /** Why. */
  readonly comment: Field<string | null>;
  /** Whether it helped. */
  readonly helpful: Field<boolean>;
  /** When the vote was given. */
  readonly votedAt: Field<string>;
}

/** A page of votes. */
export interface VoteConnection extends ObjectOf<'VoteConnection', VoteConnectionFields> {}
export interface VoteConnectionFields {
  /** The rows with their cursors. */
  readonly edges: Field<readonly VoteEdge[]>;
  /** The rows without their cursors. */
  readonly nodes: Field<readonly Vote[]>;
  /** Where this page lies in the list. */
  readonly pageInfo: Field<PageInfo>;
  /** Rows in the whole list. Costs a count: ask only when shown. */
  readonly totalCount: Field<number | null>;
}

/** One of votes in a page, with its cursor. */
export interface VoteEdge extends ObjectOf<'VoteEdge', VoteEdgeFields> {}
export interface VoteEdgeFields {
  /** Opaque place of this row in the list; give it as `after` to go on from here. */
  readonly cursor: Field<string>;
  /** The row. */
  readonly node: Field<Vote>;
}

/** A vote on an answer. */
export interface VoteInput {
  /** Why, for the editors. */
  readonly comment?: string | null;
  /** Whether it helped; null takes the vote back. */
  readonly helpful?: boolean | null;
  /** Which of your people votes, by a name of your choice; you yourself if absent. */
  readonly voter?: string | null;
}
