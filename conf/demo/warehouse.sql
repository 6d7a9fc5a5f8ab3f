-- A small warehouse for the demo and the tests: the five tables of the multi-LIMS warehouse with the
-- columns that notifications need, in SQLite, and synthetic rows. Nobody and nothing here exists.
--
-- Load it into a new file, `sqlite3 warehouse.sqlite < warehouse.sql`, and name that file as dbfile
-- in [MySQL MLWH].
--
-- The real warehouse (utf8_unicode_ci) compares texts without regard to letter case, accents and
-- trailing blanks. SQLite's own NOCASE comes nearest: it folds the letters A to Z and nothing else.

BEGIN;

-- One row per study and LIMS. The number people quote is id_study_lims, a text.
CREATE TABLE study (
    id_study_tmp INTEGER PRIMARY KEY,
    id_lims VARCHAR(10) NOT NULL COLLATE NOCASE,
    id_study_lims VARCHAR(20) NOT NULL COLLATE NOCASE,
    name VARCHAR(255) COLLATE NOCASE,
    deleted_at DATETIME,
    UNIQUE (id_lims, id_study_lims)
);

-- People attached to a study. Role, address and name may each be NULL.
CREATE TABLE study_users (
    id_study_users_tmp INTEGER PRIMARY KEY,
    id_study_tmp INTEGER NOT NULL REFERENCES study (id_study_tmp),
    role VARCHAR(255) COLLATE NOCASE,
    email VARCHAR(255) COLLATE NOCASE,
    name VARCHAR(255) COLLATE NOCASE
);
CREATE INDEX study_users_study ON study_users (id_study_tmp);

-- One row per sample and LIMS.
CREATE TABLE sample (
    id_sample_tmp INTEGER PRIMARY KEY,
    id_lims VARCHAR(10) NOT NULL COLLATE NOCASE,
    id_sample_lims VARCHAR(255) NOT NULL COLLATE NOCASE,
    name VARCHAR(255) COLLATE NOCASE,
    deleted_at DATETIME,
    UNIQUE (id_lims, id_sample_lims)
);

-- Where a sample was kept: the well of a plate, or a tube (no coordinate).
CREATE TABLE stock_resource (
    id_stock_resource_tmp INTEGER PRIMARY KEY,
    id_sample_tmp INTEGER NOT NULL REFERENCES sample (id_sample_tmp),
    id_study_tmp INTEGER NOT NULL REFERENCES study (id_study_tmp),
    id_lims VARCHAR(10) NOT NULL COLLATE NOCASE,
    labware_type VARCHAR(255) NOT NULL COLLATE NOCASE,
    labware_human_barcode VARCHAR(255) NOT NULL COLLATE NOCASE,
    labware_coordinate VARCHAR(255) COLLATE NOCASE,
    deleted_at DATETIME
);
CREATE INDEX stock_resource_sample ON stock_resource (id_sample_tmp);

-- One row per sample, and per tag, on an Oxford Nanopore flowcell.
CREATE TABLE oseq_flowcell (
    id_oseq_flowcell_tmp INTEGER PRIMARY KEY,
    id_sample_tmp INTEGER NOT NULL REFERENCES sample (id_sample_tmp),
    id_study_tmp INTEGER NOT NULL REFERENCES study (id_study_tmp),
    id_lims VARCHAR(10) NOT NULL COLLATE NOCASE,
    experiment_name VARCHAR(255) NOT NULL COLLATE NOCASE,
    instrument_name VARCHAR(255) NOT NULL COLLATE NOCASE,
    instrument_slot INTEGER NOT NULL,
    flowcell_id VARCHAR(255) COLLATE NOCASE,
    tag_identifier VARCHAR(255) COLLATE NOCASE,
    tag_sequence VARCHAR(255) COLLATE NOCASE,
    tag2_identifier VARCHAR(255) COLLATE NOCASE,
    tag2_sequence VARCHAR(255) COLLATE NOCASE,
    deleted_at DATETIME
);
CREATE INDEX oseq_flowcell_run ON oseq_flowcell
    (experiment_name, flowcell_id, instrument_slot);

INSERT INTO study (id_study_tmp, id_lims, id_study_lims, name) VALUES
    (1, 'SQSCP', '7101', 'Tidal flat metagenomes'),
    (2, 'SQSCP', '7102', 'Høst–parasite atlas (Ærø)'),
    (3, 'SQSCP', '7103', 'Orchard pollinators'),
    (4, 'SQSCP', '7104', 'Łódź long-read pilot'),
    (5, 'SQSCP', '7105', 'Unsequenced control study');

INSERT INTO study_users (id_study_users_tmp, id_study_tmp, role, email, name) VALUES
    (1, 1, 'owner', 'ada.marsh@example.org', 'Ada Marsh'),
    (2, 1, 'manager', 'b.okafor@example.org', 'Bola Okafor'),
    (3, 1, 'follower', 'ada.marsh@example.org', 'Ada Marsh'),
    (4, 1, 'follower', NULL, 'No Address'),
    (5, 1, NULL, 'no.role@example.org', 'No Role'),
    (6, 1, NULL, NULL, NULL),
    (7, 1, 'loader', 'loader@example.org', 'Loading Robot'),
    (8, 1, 'administrator', 'admin@example.org', 'Site Administrator'),
    (9, 2, 'owner', 's.holm@example.org', 'Søren Holm'),
    (10, 2, 'manager', 'm.wren@example.org', 'Mina Wren'),
    (11, 2, 'follower', 'm.wren@example.org', 'Mina Wren'),
    (12, 2, 'follower', 'l.ito@example.org', '伊藤 りん'),
    (13, 2, 'lab_manager', 'bench@example.org', 'Bench Team'),
    (14, 3, 'owner', NULL, 'Left The Institute'),
    (15, 3, 'loader', 'loader@example.org', 'Loading Robot'),
    (16, 3, NULL, 'no.role@example.org', 'No Role'),
    (17, 4, 'manager', 'k.nowak@example.com', 'Katarzyna Nowak'),
    (18, 4, 'follower', 'ada.marsh@example.org', 'Ada Marsh'),
    (19, 4, 'owner', 'k.nowak@example.com', 'Katarzyna Nowak');

INSERT INTO sample (id_sample_tmp, id_lims, id_sample_lims, name) VALUES
    (1, 'SQSCP', '9010001', 'TIDALFLAT-core-layer01-layer02-layer03-layer04-layer05-layer06-layer07-layer08-layer09-layer10-layer11-layer12-layer13-layer14-layer15-layer16-layer17-layer18-layer19-layer20-layer21-layer22-layer23-layer24-layer25-layer26-layer27-layer28-layer29-layer30-'),
    (2, 'SQSCP', '9020001', 'Ærø_strand'),
    (3, 'SQSCP', '9020002', 'Þórsmörk'),
    (4, 'SQSCP', '9020003', 'naïve_control'),
    (5, 'SQSCP', '9020004', '東海_07'),
    (6, 'SQSCP', '9020005', 'Łeba_dune'),
    (7, 'SQSCP', '9020006', 'Ünye_β2'),
    (8, 'SQSCP', '9020007', 'atlas_007'),
    (9, 'SQSCP', '9020008', 'atlas_008'),
    (10, 'SQSCP', '9020009', 'atlas_009'),
    (11, 'SQSCP', '9020010', 'atlas_010'),
    (12, 'SQSCP', '9020011', 'atlas_011'),
    (13, 'SQSCP', '9020012', 'atlas_012'),
    (14, 'SQSCP', '9020013', 'atlas_013'),
    (15, 'SQSCP', '9020014', 'atlas_014'),
    (16, 'SQSCP', '9020015', 'atlas_015'),
    (17, 'SQSCP', '9020016', 'atlas_016'),
    (18, 'SQSCP', '9020017', 'atlas_017'),
    (19, 'SQSCP', '9020018', 'atlas_018'),
    (20, 'SQSCP', '9020019', 'atlas_019'),
    (21, 'SQSCP', '9020020', 'atlas_020'),
    (22, 'SQSCP', '9020021', 'atlas_021'),
    (23, 'SQSCP', '9020022', 'atlas_022'),
    (24, 'SQSCP', '9020023', 'atlas_023'),
    (25, 'SQSCP', '9020024', 'atlas_024'),
    (26, 'SQSCP', '9030001', 'mix_01'),
    (27, 'SQSCP', '9030002', 'mix_02'),
    (28, 'SQSCP', '9030003', 'mix_03'),
    (29, 'SQSCP', '9030004', 'mix_04'),
    (30, 'SQSCP', '9030005', 'mix_05'),
    (31, 'SQSCP', '9030006', 'mix_06'),
    (32, 'SQSCP', '9030007', 'mix_07'),
    (33, 'SQSCP', '9030008', 'mix_08'),
    (34, 'SQSCP', '9030009', 'mix_09'),
    (35, 'SQSCP', '9030010', 'mix_10'),
    (36, 'SQSCP', '9030011', 'mix_11'),
    (37, 'SQSCP', '9030012', 'mix_12');

INSERT INTO stock_resource (id_stock_resource_tmp, id_sample_tmp, id_study_tmp, id_lims, labware_type, labware_human_barcode, labware_coordinate) VALUES
    (1, 1, 1, 'SQSCP', 'well', 'DN901A', 'A1'),
    (2, 2, 2, 'SQSCP', 'well', 'DN902A', 'A1'),
    (3, 3, 2, 'SQSCP', 'well', 'DN902A', 'B1'),
    (4, 4, 2, 'SQSCP', 'well', 'DN902A', 'C1'),
    (5, 5, 2, 'SQSCP', 'well', 'DN902A', 'D1'),
    (6, 6, 2, 'SQSCP', 'well', 'DN902A', 'E1'),
    (7, 7, 2, 'SQSCP', 'well', 'DN902A', 'F1'),
    (8, 8, 2, 'SQSCP', 'well', 'DN902A', 'G1'),
    (9, 9, 2, 'SQSCP', 'well', 'DN902A', 'H1'),
    (10, 10, 2, 'SQSCP', 'well', 'DN902A', 'A2'),
    (11, 11, 2, 'SQSCP', 'well', 'DN902A', 'B2'),
    (12, 12, 2, 'SQSCP', 'well', 'DN902A', 'C2'),
    (13, 13, 2, 'SQSCP', 'well', 'DN902A', 'D2'),
    (14, 14, 2, 'SQSCP', 'well', 'DN902B', 'A1'),
    (15, 15, 2, 'SQSCP', 'well', 'DN902B', 'B1'),
    (16, 16, 2, 'SQSCP', 'well', 'DN902B', 'C1'),
    (17, 17, 2, 'SQSCP', 'well', 'DN902B', 'D1'),
    (18, 18, 2, 'SQSCP', 'well', 'DN902B', 'E1'),
    (19, 19, 2, 'SQSCP', 'well', 'DN902B', 'F1'),
    (20, 20, 2, 'SQSCP', 'well', 'DN902B', 'G1'),
    (21, 21, 2, 'SQSCP', 'well', 'DN902B', 'H1'),
    (22, 22, 2, 'SQSCP', 'well', 'DN902B', 'A2'),
    (23, 23, 2, 'SQSCP', 'well', 'DN902B', 'B2'),
    (24, 24, 2, 'SQSCP', 'well', 'DN902B', 'C2'),
    (25, 25, 2, 'SQSCP', 'well', 'DN902B', 'D2'),
    (26, 26, 1, 'SQSCP', 'well', 'DN903A', 'A1'),
    (27, 27, 1, 'SQSCP', 'well', 'DN903A', 'B1'),
    (28, 28, 1, 'SQSCP', 'well', 'DN903A', 'C1'),
    (29, 29, 1, 'SQSCP', 'well', 'DN903A', 'D1'),
    (30, 30, 1, 'SQSCP', 'well', 'DN903A', 'E1'),
    (31, 31, 1, 'SQSCP', 'well', 'DN903A', 'F1'),
    (32, 32, 4, 'SQSCP', 'well', 'DN903B', 'A1'),
    (33, 33, 4, 'SQSCP', 'well', 'DN903B', 'B1'),
    (34, 34, 4, 'SQSCP', 'well', 'DN903B', 'C1'),
    (35, 35, 4, 'SQSCP', 'well', 'DN903B', 'D1'),
    (36, 36, 4, 'SQSCP', 'well', 'DN903B', 'E1'),
    (37, 37, 4, 'SQSCP', 'well', 'DN903B', 'F1');

INSERT INTO oseq_flowcell (id_oseq_flowcell_tmp, id_sample_tmp, id_study_tmp, id_lims, experiment_name, instrument_name, instrument_slot, flowcell_id, tag_identifier, tag_sequence) VALUES
    (1, 1, 1, 'SQSCP', 'ONTRUN-901', 'PC24B990', 3, 'PBA90101', NULL, NULL),
    (2, 2, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB01', 'CAACTTCTTCAAACTGAGGAAGCT'),
    (3, 3, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB02', 'GCGGGGCGAGACAGTTTTTCGCCA'),
    (4, 4, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB03', 'CTTCATCTTTATATTAATCGTCCT'),
    (5, 5, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB04', 'GAGTTGGAAACGCTACATAAGTGT'),
    (6, 6, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB05', 'TCTCCTGCGGGAGATGTACCCCTC'),
    (7, 7, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB06', 'ACAGATTGGCAGGCACGCATCTAT'),
    (8, 8, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB07', 'AGCGTTCCACCTCGGGCGCATTGG'),
    (9, 9, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB08', 'TCGTAGAGCGATTGGTGCGTGATC'),
    (10, 10, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB09', 'TAGGGGTGAGCGCTATATTGACTC'),
    (11, 11, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB10', 'TGTCCCGGCTATCAATGATGGCCG'),
    (12, 12, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB11', 'CGGCTAGGGTGGGGCATCTTCGGG'),
    (13, 13, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB12', 'TTAGGTTCGCGGCGCCTAAGCACG'),
    (14, 14, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB13', 'CTCGAGTTGAGCAGCTTCCATGAT'),
    (15, 15, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB14', 'GAGTGTAAACAGTATACCGCAAAT'),
    (16, 16, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB15', 'TGCGACGTGGAATCGCGTACTAGA'),
    (17, 17, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB16', 'CAGGAGGTTGCATTTAGAAGCGTT'),
    (18, 18, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB17', 'CCAGCGAATCCAAGGCAGCTCCCC'),
    (19, 19, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB18', 'ATGCTTAAACGTATGCCATCGCAG'),
    (20, 20, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB19', 'TGCGCCCATTTCCTTAAGGATAGC'),
    (21, 21, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB20', 'ATCCCGCTCCTTATCTTAGGAGTT'),
    (22, 22, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB21', 'ATGAAGAGGTCGGGCTAAGTTATT'),
    (23, 23, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB22', 'AAAGAAATGATCACAGTGTGTCTT'),
    (24, 24, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB23', 'AGGGCTACAGTTGAAGACGTGGTG'),
    (25, 25, 2, 'SQSCP', 'ONTRUN-902', 'PC24B990', 11, 'PBA90202', 'NB24', 'ACAAGTGAGAATGTGTTTGTTCTC'),
    (26, 26, 1, 'SQSCP', 'ONTRUN-903', 'PC24B990', 24, 'PBA90303', 'NB01', 'TATCGATTCATTTACCACTTCACC'),
    (27, 27, 1, 'SQSCP', 'ONTRUN-903', 'PC24B990', 24, 'PBA90303', 'NB02', 'GTATCCAGGTCTCGTACAGGAAAC'),
    (28, 28, 1, 'SQSCP', 'ONTRUN-903', 'PC24B990', 24, 'PBA90303', 'NB03', 'AGTGTGCTGTTGAGAACCTTACAT'),
    (29, 29, 1, 'SQSCP', 'ONTRUN-903', 'PC24B990', 24, 'PBA90303', 'NB04', 'TCGCTTAACAGATACATTAGATGT'),
    (30, 30, 1, 'SQSCP', 'ONTRUN-903', 'PC24B990', 24, 'PBA90303', 'NB05', 'CGGAAAGACCGTTATTACGCACAC'),
    (31, 31, 1, 'SQSCP', 'ONTRUN-903', 'PC24B990', 24, 'PBA90303', 'NB06', 'AGGCGAATATCGCCCAAGATCTTT'),
    (32, 32, 4, 'SQSCP', 'ONTRUN-903', 'PC24B990', 24, 'PBA90303', 'NB07', 'ATCAATATAGGCATATCGTCCGGA'),
    (33, 33, 4, 'SQSCP', 'ONTRUN-903', 'PC24B990', 24, 'PBA90303', 'NB08', 'TAGCGTCGCTACATCTAGGACGTG'),
    (34, 34, 4, 'SQSCP', 'ONTRUN-903', 'PC24B990', 24, 'PBA90303', 'NB09', 'CTGGTCGGCCGATGCAACAACGGT'),
    (35, 35, 4, 'SQSCP', 'ONTRUN-903', 'PC24B990', 24, 'PBA90303', 'NB10', 'GGGGCCACCTCTGGAGGTTAGCGT'),
    (36, 36, 4, 'SQSCP', 'ONTRUN-903', 'PC24B990', 24, 'PBA90303', 'NB11', 'GACCGAGATCCGGGGGGTGTATGG'),
    (37, 37, 4, 'SQSCP', 'ONTRUN-903', 'PC24B990', 24, 'PBA90303', 'NB12', 'TCGTCTCGAATGAAACAGCGGTAG');

COMMIT;
