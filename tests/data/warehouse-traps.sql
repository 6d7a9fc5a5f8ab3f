-- Rows that a careless reader gets wrong, for SQLite: load after conf/demo/warehouse.sql. The same
-- rows as mlwh-sample-traps.sql.

BEGIN;

-- 7201 exists under two LIMS; 7204 has no name; 815 sorts after 7204 as text.
INSERT INTO study (id_study_tmp, id_lims, id_study_lims, name) VALUES
    (101, 'SQSCP', '7201', 'Twice numbered, first'),
    (102, 'GCLP', '7201', 'Twice numbered, second'),
    (103, 'SQSCP', '7203', 'Collation study'),
    (104, 'SQSCP', '7204', NULL),
    (105, 'SQSCP', '815', 'Sorts after 7204 as text');

-- Roles and addresses that only differ in letter case or blanks, or are not bare addresses.
INSERT INTO study_users (id_study_users_tmp, id_study_tmp, role, email, name) VALUES
    (101, 101, 'owner', 'first@example.org', 'First'),
    (102, 102, 'owner', 'second@example.org', 'Second'),
    (103, 103, 'Manager', 'capital.role@example.org', 'Capital Role'),
    (104, 103, 'owner ', 'trailing.blank@example.org', 'Trailing Blank'),
    (105, 103, 'follower', 'Zed.Ash@example.org', 'Zed Ash'),
    (106, 103, 'owner', 'zed.ash@example.org', 'Zed Ash'),
    (107, 103, 'follower', 'Dora Display <dora@example.org>', 'Dora Display'),
    (108, 103, 'follower', '', 'Empty Address'),
    (109, 103, 'follower', '  spaced@example.org ', 'Spaced Out'),
    (110, 103, 'follower', 'one@example.org, two@example.org', 'Two In One'),
    (111, 103, 'follower', 'not-an-address', 'Nonsense'),
    (112, 104, 'manager', 'nameless@example.org', 'Nameless Study'),
    (113, 105, 'manager', 'other@example.org', 'Other');

-- The samples of the runs below.
INSERT INTO sample (id_sample_tmp, id_lims, id_sample_lims, name) VALUES
    (100, 'SQSCP', '9201000', 'two wells'),
    (101, 'SQSCP', '9201001', 'no well'),
    (102, 'SQSCP', '9201002', 'tube'),
    (103, 'SQSCP', '9201003', 'well of another LIMS'),
    (104, 'SQSCP', '9201004', 'untagged twin'),
    (105, 'SQSCP', '9201005', 'two sites'),
    (106, 'SQSCP', '9201006', 'in a twice-numbered study'),
    (107, 'SQSCP', '9201007', 'flowcell unknown'),
    (108, 'SQSCP', '9201008', 'deleted'),
    (109, 'SQSCP', '9201009', 'folded name');

-- Two wells of one sample (100), none (101), a tube (102), a well of another LIMS (103), a deleted
-- one (108).
INSERT INTO stock_resource (id_stock_resource_tmp, id_sample_tmp, id_study_tmp, id_lims, labware_type, labware_human_barcode, labware_coordinate, deleted_at) VALUES
    (101, 100, 104, 'SQSCP', 'well', 'DN9210X', 'B2', NULL),
    (102, 100, 104, 'SQSCP', 'well', 'DN9210A', 'A1', NULL),
    (103, 102, 104, 'SQSCP', 'tube', 'TUBE-77', NULL, NULL),
    (104, 103, 104, 'GCLP', 'well', 'DN9213G', 'C3', NULL),
    (105, 104, 104, 'SQSCP', 'well', 'DN9214A', 'A1', NULL),
    (106, 105, 104, 'SQSCP', 'well', 'DN9215A', 'A1', NULL),
    (107, 106, 104, 'SQSCP', 'well', 'DN9216A', 'A1', NULL),
    (108, 107, 104, 'SQSCP', 'well', 'DN9217A', 'A1', NULL),
    (109, 108, 104, 'SQSCP', 'well', 'DN9218A', 'A1', '2026-11-12 06:40:00'),
    (110, 109, 104, 'SQSCP', 'well', 'DN9219A', 'A1', NULL);

-- One run for each trap. SQLite does not fold the accent and the blank of ONTRUN-929.
INSERT INTO oseq_flowcell (id_oseq_flowcell_tmp, id_sample_tmp, id_study_tmp, id_lims, experiment_name, instrument_name, instrument_slot, flowcell_id, tag_identifier, tag_sequence, deleted_at) VALUES
    (101, 100, 104, 'SQSCP', 'ONTRUN-921', 'PC24B990', 1, 'PBT92101', NULL, NULL, NULL),
    (102, 101, 104, 'SQSCP', 'ONTRUN-922', 'PC24B990', 1, 'PBT92201', NULL, NULL, NULL),
    (103, 102, 104, 'SQSCP', 'ONTRUN-923', 'PC24B990', 1, 'PBT92301', NULL, NULL, NULL),
    (104, 103, 104, 'SQSCP', 'ONTRUN-924', 'PC24B990', 1, 'PBT92401', NULL, NULL, NULL),
    (105, 104, 104, 'SQSCP', 'ONTRUN-925', 'PC24B990', 1, 'PBT92501', 'NB01', NULL, NULL),
    (106, 105, 105, 'SQSCP', 'ONTRUN-926', 'PC24B990', 1, 'PBT92601', 'NB02', 'ACGTACGTACGTACGTACGTACGTACGTACGTACGTACGT', NULL),
    (107, 105, 104, 'SQSCP', 'ONTRUN-926', 'PC24B990', 1, 'PBT92601', 'NB01', 'TTGCATTGCATTGCATTGCATTGC', NULL),
    (108, 107, 104, 'SQSCP', 'ONTRUN-927', 'PC24B990', 1, NULL, NULL, NULL, NULL),
    (109, 108, 104, 'SQSCP', 'ONTRUN-928', 'PC24B990', 1, 'PBT92801', NULL, NULL, '2026-11-12 06:40:00'),
    (110, 109, 104, 'SQSCP', 'ontrün-929 ', 'PC24B990', 1, 'PBT92901', NULL, NULL, NULL),
    (111, 106, 101, 'SQSCP', 'ONTRUN-930', 'PC24B990', 1, 'PBT93001', NULL, NULL, NULL);

COMMIT;
