-- CreateTable
CREATE TABLE "StreamCapture" (
    "id" TEXT NOT NULL,
    "ownerId" TEXT NOT NULL,
    "recordingId" TEXT,
    "alias" TEXT NOT NULL,
    "filename" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "credentials" TEXT,
    "settings" TEXT NOT NULL,
    "startAt" TIMESTAMP(3) NOT NULL,
    "stopAt" TIMESTAMP(3),
    "maxBytes" BIGINT,
    "stopRequestedAt" TIMESTAMP(3),
    "endedAt" TIMESTAMP(3),
    "endCode" TEXT,
    "runId" TEXT,
    "heartbeatAt" TIMESTAMP(3),
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "stateMessage" TEXT,
    "lastFrameAt" TIMESTAMP(3),
    "frames" INTEGER NOT NULL DEFAULT 0,
    "droppedFrames" INTEGER NOT NULL DEFAULT 0,
    "brokenFrames" INTEGER NOT NULL DEFAULT 0,
    "frozenSince" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "StreamCapture_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "StreamCapture_recordingId_key" ON "StreamCapture"("recordingId");

-- CreateIndex
CREATE INDEX "StreamCapture_endedAt_idx" ON "StreamCapture"("endedAt");

-- CreateIndex
CREATE UNIQUE INDEX "StreamCapture_ownerId_alias_key" ON "StreamCapture"("ownerId", "alias");

-- CreateIndex
CREATE UNIQUE INDEX "StreamCapture_ownerId_filename_key" ON "StreamCapture"("ownerId", "filename");

-- AddForeignKey
ALTER TABLE "StreamCapture" ADD CONSTRAINT "StreamCapture_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "StreamCapture" ADD CONSTRAINT "StreamCapture_recordingId_fkey" FOREIGN KEY ("recordingId") REFERENCES "Recording"("id") ON DELETE CASCADE ON UPDATE CASCADE;
