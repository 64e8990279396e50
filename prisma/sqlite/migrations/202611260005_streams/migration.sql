-- CreateTable
CREATE TABLE "StreamCapture" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "ownerId" TEXT NOT NULL,
    "recordingId" TEXT,
    "alias" TEXT NOT NULL,
    "filename" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "credentials" TEXT,
    "settings" TEXT NOT NULL,
    "startAt" DATETIME NOT NULL,
    "stopAt" DATETIME,
    "maxBytes" BIGINT,
    "stopRequestedAt" DATETIME,
    "endedAt" DATETIME,
    "endCode" TEXT,
    "runId" TEXT,
    "heartbeatAt" DATETIME,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "stateMessage" TEXT,
    "lastFrameAt" DATETIME,
    "frames" INTEGER NOT NULL DEFAULT 0,
    "droppedFrames" INTEGER NOT NULL DEFAULT 0,
    "brokenFrames" INTEGER NOT NULL DEFAULT 0,
    "frozenSince" DATETIME,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "StreamCapture_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "StreamCapture_recordingId_fkey" FOREIGN KEY ("recordingId") REFERENCES "Recording" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "StreamCapture_recordingId_key" ON "StreamCapture"("recordingId");

-- CreateIndex
CREATE INDEX "StreamCapture_endedAt_idx" ON "StreamCapture"("endedAt");

-- CreateIndex
CREATE UNIQUE INDEX "StreamCapture_ownerId_alias_key" ON "StreamCapture"("ownerId", "alias");

-- CreateIndex
CREATE UNIQUE INDEX "StreamCapture_ownerId_filename_key" ON "StreamCapture"("ownerId", "filename");
