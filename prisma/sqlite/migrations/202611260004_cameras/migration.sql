-- CreateTable
CREATE TABLE "Camera" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "ownerId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "rtspUrl" TEXT NOT NULL,
    "credentials" TEXT,
    "settings" TEXT NOT NULL,
    "wanted" BOOLEAN NOT NULL DEFAULT false,
    "state" TEXT NOT NULL DEFAULT 'stopped',
    "stateAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastErrorCode" TEXT,
    "lastErrorMessage" TEXT,
    "lastErrorAt" DATETIME,
    "reservationId" TEXT,
    "reservedBytes" BIGINT NOT NULL DEFAULT 0,
    "startedAt" DATETIME,
    "workerId" TEXT,
    "heartbeatAt" DATETIME,
    "lastMediaAt" DATETIME,
    "liveFilename" TEXT,
    "liveStartedAt" DATETIME,
    "videoCodec" TEXT,
    "audioCodec" TEXT,
    "width" INTEGER,
    "height" INTEGER,
    "segmentCount" INTEGER NOT NULL DEFAULT 0,
    "totalBytes" BIGINT NOT NULL DEFAULT 0,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deletedAt" DATETIME,
    CONSTRAINT "Camera_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "CameraSegment" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "cameraId" TEXT NOT NULL,
    "filename" TEXT NOT NULL,
    "startedAt" DATETIME NOT NULL,
    "endedAt" DATETIME NOT NULL,
    "durationMs" INTEGER NOT NULL,
    "sizeBytes" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "videoCodec" TEXT,
    "audioCodec" TEXT,
    "width" INTEGER,
    "height" INTEGER,
    "cause" TEXT,
    "keyFrames" INTEGER NOT NULL DEFAULT 0,
    "pinned" BOOLEAN NOT NULL DEFAULT false,
    "storage" TEXT NOT NULL DEFAULT 'local',
    "storageKey" TEXT,
    "uploadedAt" DATETIME,
    "uploadAttempts" INTEGER NOT NULL DEFAULT 0,
    "uploadError" TEXT,
    "localRemovedAt" DATETIME,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "CameraSegment_cameraId_fkey" FOREIGN KEY ("cameraId") REFERENCES "Camera" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "CameraGap" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "cameraId" TEXT NOT NULL,
    "fromAt" DATETIME NOT NULL,
    "toAt" DATETIME,
    "code" TEXT NOT NULL,
    "words" TEXT NOT NULL,
    CONSTRAINT "CameraGap_cameraId_fkey" FOREIGN KEY ("cameraId") REFERENCES "Camera" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "CameraThumbnail" (
    "cameraId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "filename" TEXT NOT NULL,
    "sizeBytes" INTEGER NOT NULL,

    PRIMARY KEY ("cameraId", "at"),
    CONSTRAINT "CameraThumbnail_cameraId_fkey" FOREIGN KEY ("cameraId") REFERENCES "Camera" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "CaptureCounter" (
    "name" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "value" REAL NOT NULL DEFAULT 0,

    PRIMARY KEY ("name", "label")
);

-- CreateIndex
CREATE INDEX "Camera_ownerId_idx" ON "Camera"("ownerId");

-- CreateIndex
CREATE INDEX "CameraSegment_cameraId_startedAt_idx" ON "CameraSegment"("cameraId", "startedAt");

-- CreateIndex
CREATE INDEX "CameraSegment_uploadedAt_idx" ON "CameraSegment"("uploadedAt");

-- CreateIndex
CREATE UNIQUE INDEX "CameraSegment_cameraId_filename_key" ON "CameraSegment"("cameraId", "filename");

-- CreateIndex
CREATE INDEX "CameraGap_cameraId_fromAt_idx" ON "CameraGap"("cameraId", "fromAt");
