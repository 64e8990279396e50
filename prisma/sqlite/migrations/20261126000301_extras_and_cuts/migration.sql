-- CreateTable
CREATE TABLE "Extra" (
    "recordingId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "requestedAt" DATETIME NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "failureMessage" TEXT,

    PRIMARY KEY ("recordingId", "kind"),
    CONSTRAINT "Extra_recordingId_fkey" FOREIGN KEY ("recordingId") REFERENCES "Recording" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Cut" (
    "recordingId" TEXT NOT NULL PRIMARY KEY,
    "originalId" TEXT NOT NULL,
    "fromMs" INTEGER NOT NULL,
    "toMs" INTEGER NOT NULL,
    "mode" TEXT NOT NULL,
    CONSTRAINT "Cut_recordingId_fkey" FOREIGN KEY ("recordingId") REFERENCES "Recording" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "Extra_state_idx" ON "Extra"("state");
