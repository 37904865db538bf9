/// The tables of `journal.sqlite`, and how files of earlier versions become ones of this version.
///
/// A step that was released is never changed; a later version adds another one. The number of steps a file has gone
/// through is its `user_version`.
struct JournalSchema {
    /// "LcJn": what `file` and we tell our journals by.
    static let applicationID: Int64 = 0x4C63_4A6E

    var steps: [String]

    var version: Int64 { Int64(steps.count) }

    /// From this version on a file can be read without being renewed. What came later is only missing in it.
    var readableFrom: Int64 = 1

    static let current = JournalSchema(steps: [
        """
        -- One row each time a process begins the run or goes on with it.
        CREATE TABLE run_start(
            seq INTEGER PRIMARY KEY, id TEXT NOT NULL, at INTEGER NOT NULL, recipe TEXT NOT NULL,
            recipe_text BLOB, outline TEXT NOT NULL, plan BLOB NOT NULL, options TEXT NOT NULL,
            -- The last event and chunk from before the start, where it takes every record up anew; else null.
            events_before INTEGER, chunks_before INTEGER, seal INTEGER NOT NULL
        ) STRICT;

        -- One row each time a process is through with the run, in good order.
        CREATE TABLE run_end(
            seq INTEGER PRIMARY KEY, start INTEGER NOT NULL, at INTEGER NOT NULL, outcome TEXT NOT NULL, reason TEXT,
            read INTEGER NOT NULL, done INTEGER NOT NULL, flagged INTEGER NOT NULL, failed INTEGER NOT NULL,
            rejected INTEGER NOT NULL, skipped INTEGER NOT NULL, waiting INTEGER NOT NULL,
            not_reached INTEGER NOT NULL, never_admitted INTEGER NOT NULL, outputs TEXT NOT NULL,
            seal INTEGER NOT NULL
        ) STRICT;

        -- What happened to each record, in order. `at` is in nanoseconds since 1970, `cost` in billionths.
        CREATE TABLE event(
            seq INTEGER PRIMARY KEY, ordinal INTEGER NOT NULL, step INTEGER NOT NULL, item INTEGER,
            draw INTEGER NOT NULL, kind INTEGER NOT NULL, at INTEGER NOT NULL, tokens_in INTEGER, tokens_out INTEGER,
            cost INTEGER, microseconds INTEGER, seal INTEGER NOT NULL, key BLOB, body BLOB
        ) STRICT;

        -- Ordinals grow with time, so that rows land side by side; what is in doubt is found without reading bodies.
        CREATE INDEX event_by_record ON event(ordinal, step, item, draw, kind);

        -- Records whose pure steps are done. The last row of a number counts, and its pure endings are the events
        -- from `since` on.
        CREATE TABLE chunk(
            seq INTEGER PRIMARY KEY, number INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL,
            since INTEGER NOT NULL, end_ordinal INTEGER NOT NULL, end_offset INTEGER NOT NULL,
            end_line INTEGER NOT NULL, read INTEGER NOT NULL, done INTEGER NOT NULL, flagged INTEGER NOT NULL,
            failed INTEGER NOT NULL, rejected INTEGER NOT NULL, skipped INTEGER NOT NULL, waiting INTEGER NOT NULL,
            not_reached INTEGER NOT NULL, "left" INTEGER NOT NULL, seal INTEGER NOT NULL, content BLOB NOT NULL,
            steps TEXT NOT NULL, sinks TEXT NOT NULL, members BLOB
        ) STRICT;
        """,
        """
        -- One row for each `waiting` event that a person has decided about: its key lets nobody decide a second time.
        -- `taken` once a run has taken the decision up. What was decided is in the events.
        CREATE TABLE decided(
            wait INTEGER PRIMARY KEY, decision INTEGER NOT NULL, taken INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX decided_untaken ON decided(decision) WHERE taken = 0;

        -- The queue is listed without a look at all other events.
        CREATE INDEX event_waiting ON event(ordinal) WHERE kind = 9;
        """,
    ])
}
