-- CreateTable
CREATE TABLE "FocusSession" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "ownerId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "initialScore" REAL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endedAt" DATETIME,
    CONSTRAINT "FocusSession_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "SnapshotRecording" (
    "recordingId" TEXT NOT NULL PRIMARY KEY,
    "sessionId" TEXT NOT NULL,
    "fps" INTEGER NOT NULL,
    "width" INTEGER,
    "height" INTEGER,
    "codec" TEXT NOT NULL,
    "filename" TEXT NOT NULL,
    "endMs" INTEGER,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "SnapshotRecording_recordingId_fkey" FOREIGN KEY ("recordingId") REFERENCES "Recording" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "SnapshotRecording_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "FocusSession" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "FocusSession_ownerId_createdAt_idx" ON "FocusSession"("ownerId", "createdAt");

-- CreateIndex
CREATE INDEX "SnapshotRecording_sessionId_idx" ON "SnapshotRecording"("sessionId");
